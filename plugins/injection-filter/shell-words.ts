const words = (list: string): ReadonlySet<string> => new Set(list.trim().split(/\s+/));

/** Commands whose names are no ordinary words: after a separator they are commands. */
const technical = words(`
  whoami ifconfig ipconfig netstat uname wget curl nc ncat netcat bash zsh ksh csh tcsh dash ash perl python python2 python3 php
  ruby lua node nodejs deno powershell pwsh powershell.exe cmd cmd.exe certutil bitsadmin mshta wmic regsvr32 rundll32
  cscript wscript systeminfo tasklist taskkill nslookup telnet ssh scp sftp tftp ftp rsync chmod chown chgrp mkdir
  rmdir rm mv cp ls pwd ping6 traceroute tracert tracepath ps grep egrep fgrep awk gawk mawk sed xargs tee wc
  uniq nl od xxd base64 base32 printenv crontab useradd adduser usermod groupadd passwd sudo su systemctl docker
  kubectl iptables arp gcc g++ cc clang apt apt-get aptitude yum dnf apk pip pip3 npm npx yarn git svn tar gzip gunzip bzip2
  zip unzip openssl hexdump mkfifo mknod nohup socat busybox vi vim nano emacs net1 schtasks phpinfo printf lsof
  lsb_release dmesg mount umount fdisk df du ln chroot insmod lsmod modprobe sysctl iconfig ipconfig.exe getent hostid
  hostname uptime last lastlog finger nmap msfconsole chsh usermod visudo killall pkill pgrep ltrace strace gdb ldd objdump
  readelf xdg-open xterm screen tmux setsid stty tty tput rev tac shuf fmt expand unexpand comm csplit cksum md5sum sha1sum
  sha256sum stat dd mailx sendmail sqlite3 psql mysql mysqldump mongo redis-cli gem cpan cargo go rustc javac java
  xmllint jq yq pr ul uudecode uuencode wish tclsh expect jjs jrunscript irb pry ssh-keygen ssh-copy-id
  ping.exe net.exe reg.exe findstr nbtstat ver vol icacls attrib cacls takeown sc.exe dir.exe ltsc rmt
  chef-client chef-shell c89 c99 gcc7.4 restic capsh cpulimit crash cpio csvtool dmsetup dosbox dvips eqn fping gimp ginsh grc
  iftop ionice ispell joe ksshell latex ldconfig logsave ltrace mtr nasm nawk neofetch nroff octave openvpn openvt pexec pidstat
  pkexec rake readelf rlwrap rpm rpmquery rsyslogd run-parts rvim rview rlogin scanmem sshpass startxfce4 svnadmin tasksh tbl tclsh
  tcpdump tex tftp timedatectl troff ulimit unshare update-alternatives uuencode valgrind varnishncsa vigr vimdiff vipw wireshark
  xargs xelatex xetex xmodmap xmore xpad xz yash zathura zcat zless zmore zsoelim bzcat bzless lzma pigz 7z 7za ar
  msbuild installutil regasm regsvcs msiexec odbcconf psexec vssadmin wevtutil bcdedit dsquery nltest qwinsta quser
  invoke-expression invoke-webrequest iex iwr get-process get-childitem start-process new-object set-executionpolicy
  injectx netsh`);

/** Commands that are ordinary words too: they need an argument as a shell would be given one. */
const ordinary = words(`
  cat echo ping make sort cut head tail more less find who w id date time sleep kill type dir set test read exec at top
  host touch route nice watch split join paste  file write wall install service mail start copy move del net print env
    exit source eval expr let column script bridge sh dig sc reg ip locate which whereis free history alias export
  unset trap wait jobs bg fg cd login logout halt reboot shutdown arch       as ld nm    
     for       true false yes fold  truncate users  
  typeset clear reset ar at  query tzutil ver  more subst pushd popd goto rem   erase ren rename mklink
   timeout robocopy xcopy forfiles date   wish tbl tex eqn pr fmt gem git go node java`);

/** Commands that only look around: nobody writes them after a separator in a sentence. */
const scouting = words(
  `whoami ifconfig ipconfig systeminfo netstat uname tasklist nslookup hostid lsof printenv phpinfo`,
);

export function isScouting(word: string): boolean {
  return scouting.has(word.toLowerCase());
}

/** Commands that need no argument to be worth running, by themselves after a separator. */
const alone = words(
  `id ls dir pwd who set env ps date w sh whoami reboot shutdown halt uname hostname users tty ver cat exit history netsh`,
);

/** Every name taken for a command. */
export const allCommands: readonly string[] = [...technical, ...ordinary];

export type CommandWord = 'technical' | 'ordinary' | 'path' | 'none';

/** What a word, freed of quotes, escapes and empty expansions, is as a command. */
export function commandWord(word: string): CommandWord {
  const name = word.toLowerCase();
  if (/^(?:\.{0,2}|~)?\/?(?:usr\/|opt\/|local\/|system\/)*s?bin\/[\w.?*[\]-]+$/.test(name)) return 'path';
  if (/^(?:\/[\w.?*[\]-]+){2,8}$/.test(name) && /[?*[]/.test(name)) return 'path';
  if (name === '$0') return 'path';
  if (/^[a-z]:\\[^:]*\.(?:exe|bat|cmd|ps1)$|^%(?:comspec|systemroot)%/.test(name)) return 'path';
  if (technical.has(name)) return 'technical';
  return ordinary.has(name) ? 'ordinary' : 'none';
}

export function standsAlone(word: string): boolean {
  return alone.has(word.toLowerCase());
}
