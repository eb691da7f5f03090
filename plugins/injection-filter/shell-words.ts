import { beginningsOf, mayBegin } from './beginnings.ts';

const words = (list: string): ReadonlySet<string> => new Set(list.trim().split(/\s+/));

/** Commands whose names are no ordinary words: after a separator they are commands. */
const technical = words(`
  whoami ifconfig ipconfig netstat uname wget curl nc ncat netcat bash zsh ksh csh tcsh dash ash perl python python2 python3 php
  ruby lua nodejs deno powershell pwsh powershell.exe cmd cmd.exe certutil bitsadmin mshta wmic regsvr32 rundll32
  cscript wscript systeminfo tasklist taskkill nslookup telnet ssh scp sftp tftp ftp rsync chmod chown chgrp mkdir
  rmdir rm mv cp ls pwd ping6 traceroute tracert tracepath ps grep egrep fgrep zgrep awk gawk mawk nawk sed xargs wc
  uniq nl xxd base64 base32 printenv crontab useradd adduser usermod groupadd userdel passwd sudo su doas systemctl docker
  podman kubectl iptables arp gcc g++ cc clang apt apt-get aptitude apk yum dnf pip pip3 npm npx yarn git svn tar gzip gunzip
  bzip2 xz zip unzip openssl hexdump mkfifo mknod nohup socat busybox vi vim nano emacs net1 schtasks phpinfo printf lsof
  lsb_release dmesg umount fdisk df du ln chroot insmod lsmod rmmod modprobe sysctl ipconfig.exe getent hostid
  hostname uptime lastlog nmap msfconsole chsh killall pkill pgrep ltrace strace gdb ldd objdump
  readelf xdg-open xterm tmux setsid stty tty tac shuf csplit cksum md5sum sha1sum
  sha256sum dd mailx sendmail sqlite3 psql mysql mysqldump mongo redis-cli gem cpan cargo rustc javac java
  xmllint jq yq uudecode uuencode wish tclsh jjs jrunscript irb pry ssh-keygen ssh-copy-id telnetd ftpget ftpput
  ping.exe net.exe reg.exe sc.exe dir.exe calc.exe notepad.exe findstr nbtstat vol icacls attrib cacls takeown regedit
  chef-client chef-shell chef-run knife c89 c99 restic capsh cpulimit cpio csvtool dmsetup dosbox dvips eqn fping
  iftop ionice ispell ksshell ldconfig logsave mtr nasm neofetch nroff openvpn openvt pexec pidstat
  pkexec rake rlwrap rpm rpmquery rsyslogd run-parts rvim rview rlogin scanmem sshpass startxfce4 svnadmin tasksh tbl
  tcpdump timedatectl troff ulimit unshare update-alternatives valgrind varnishncsa vigr vimdiff vipw wireshark
  xelatex xetex xmodmap xmore xpad yash zathura zcat zless zmore zsoelim bzcat bzless lzma pigz 7z 7za
  ansible ansible-playbook ansible-vault ansible-galaxy ansible-pull ansible-inventory ansible-config terraform cscli
  msbuild installutil regasm regsvcs msiexec odbcconf psexec vssadmin wevtutil bcdedit bcdboot dsquery nltest qwinsta quser
  invoke-expression invoke-webrequest invoke-restmethod invoke-command iex iwr irm get-process get-childitem gci get-content
  gc get-service get-item set-content start-process start-sleep new-object set-executionpolicy stop-process remove-item
  write-host write-output out-file get-wmiobject gwmi gcim
  lscpu lsblk lspci lsusb poweroff usleep nproc ss dig nsenter journalctl launchctl osascript
  cmp fuser ncdu rclone gsutil aws gcloud s3cmd htpasswd logname runuser tr echo. . newgrp netsh injectx rmt ltsc`);

/** Commands that are ordinary words too: they need an argument as a shell would be given one. */
const ordinary = words(`
  cat echo ping make sort cut head tail more less find who w id date time sleep kill type dir set test read exec at top
  host touch route nice watch split join paste file write wall install mail start copy move del net print env
  exit source eval expr let column script bridge sh sc reg ip locate which whereis history alias export
  unset trap wait jobs bg fg cd login logout halt reboot shutdown arch as ld nm
  for if while until true false yes fold truncate users timeout
  typeset clear reset query tzutil ver subst pushd popd goto rem erase ren rename mklink
  robocopy xcopy forfiles assoc ftype tree where call ex ed look batch tc pg last finger free groups
  screen expand unexpand comm diff strings mount stat expect service go node octave latex tex joe ar pr ul fmt rev tee od tput`);

/** Commands that only look around: nobody writes them after a separator in a sentence. */
const scouting = words(
  `get-process get-childitem get-service get-content get-item invoke-webrequest invoke-expression whoami ifconfig ipconfig systeminfo netstat uname tasklist nslookup hostid lsof printenv phpinfo lscpu lsblk getent`,
);

export function isScouting(word: string): boolean {
  return scouting.has(word.toLowerCase());
}

/** Commands worth running by themselves, whose names are hardly words. */
const aloneClear = words(
  `id ls dir pwd env ps df du ver tty ss uptime uname hostname reboot halt poweroff netsh vol lsmod nproc arp echo. calc.exe notepad.exe`,
);
/** The same, but English words. */
const aloneEnglish = words(
  `who set date w users history exit shutdown cat last groups export free top time tree assoc mount jobs alias finger more wait false true
   dmesg lastlog stat`,
);

/** Every name taken for a command, and what stands before the first hyphen or dot of one. */
export const allCommands: readonly string[] = [...technical, ...ordinary].flatMap((each) => [
  each,
  each.split(/[-.]/, 1)[0] ?? each,
]);

export type CommandWord = 'technical' | 'ordinary' | 'path' | 'none';

const listed: ReadonlyMap<string, CommandWord> = new Map([
  ...Array.from(ordinary, (word) => [word, 'ordinary'] as const),
  ...Array.from(technical, (word) => [word, 'technical'] as const),
]);

/** What a word, freed of quotes, escapes and empty expansions, is as a command. */
export function commandWord(word: string): CommandWord {
  const name = word.toLowerCase();
  const kind = listed.get(name) ?? 'none';
  // Most words are no more than letters, which are listed or are none.
  if (kind === 'none' && /^[a-z]+$/.test(word)) return 'none';
  if (/^[A-Z][a-z]+$/.test(word)) return windowsWords.has(name) ? 'ordinary' : 'none';
  if (kind === 'technical') return kind;
  if (isPath(name)) return 'path';
  return isFamily(name) || isVersioned(name) || isCmdlet(name) ? 'technical' : kind;
}

/** Nouns of PowerShell behind one of its verbs: `Test-Connection`, and not `Test-Driven`. */
const cmdletNouns = words(`
  process item childitem content service connection netconnection dnsname object expression webrequest restmethod command sleep output
  host file null localuser localgroup acl itemproperty variable location computerinfo hotfix netipaddress nettcpconnection wmiobject
  ciminstance history psdrive executionpolicy job scheduledtask clipboard eventlog aduser addomain adcomputer`);

const cmdletVerbs = words(
  'get set new start stop restart invoke test resolve write read out add remove clear copy move import export',
);

function isCmdlet(name: string): boolean {
  const hyphen = name.indexOf('-');
  if (hyphen < 3 || !cmdletNouns.has(name.slice(hyphen + 1))) return false;
  return cmdletVerbs.has(name.slice(0, hyphen));
}

/** `python3.12`, `gcc-13`. */
function isVersioned(name: string): boolean {
  const last = name.charCodeAt(name.length - 1);
  const mayBe = last === 46 || (last >= 48 && last <= 57);
  return mayBe && /^(?:gcc|g\+\+|clang|python|php|perl|ruby|lua|node)-?\d[\d.]*$/.test(name);
}

/** `ansible-doc`, `docker-compose`: a tool beside the one it is named after. */
function isFamily(name: string): boolean {
  const hyphen = name.indexOf('-');
  return hyphen > 2 && name.length - hyphen > 2 && technical.has(name.slice(0, hyphen));
}

/** Commands of Windows that an attacker may write like a word of a title; elsewhere the case of a command counts. */
const windowsWords = words(`ipconfig whoami netstat systeminfo tasklist powershell cmd`);

/** A program named by its place, or a pattern or a variable that stands for one. */
function isPath(name: string): boolean {
  if (!/[/\\$%]/.test(name)) return false;
  return (
    /^(?:\.{0,2}|~)?\/?(?:usr\/|opt\/|local\/|system\/)*s?bin\/[\w.?*[\]-]+(?:\/\w?)?$/.test(name) ||
    (/^(?:\/[\w.?*[\]-]+){2,8}$/.test(name) && /[?*[]/.test(name)) ||
    /^(?:\.\.\/){2,}(?:[\w.-]+\/)*s?bin\/[\w.-]+$/.test(name) ||
    /^\$(?:0|shell|\{shell\})$|^[a-z]:\\[^:]*\.(?:exe|bat|cmd|ps1)$|^%(?:comspec|systemroot|windir)%/.test(
      name,
    )
  );
}

/** Whether a command needs no argument to be worth running, and whether its name is an English word as well. */
export function standsAlone(word: string): 'clear' | 'english' | 'no' {
  if (aloneClear.has(word)) return 'clear';
  if (aloneEnglish.has(word)) return 'english';
  return aloneClear.has(word.toLowerCase()) && word === word.toUpperCase() ? 'clear' : 'no';
}

/** Programs that run what they read: a pipe or a redirection into one is enough. */
const interpreters = words(
  `sh bash zsh ksh csh tcsh dash ash perl python python2 python3 php ruby node lua powershell pwsh cmd iex`,
);

export function isInterpreter(word: string): boolean {
  return interpreters.has(word.toLowerCase());
}

/** Words that run the command behind them, and that no sentence goes on with. */
const runners = words(
  `sudo doas nohup nice ionice env command builtin exec busybox eval elif timeout stdbuf setsid
   unshare xargs watch strace ltrace start call`,
);
/** The same, of which a sentence is full: `; then rm -rf is dangerous`. */
const spokenRunners = words(`then do else if while until time`);

export function isRunner(word: string): boolean {
  return runners.has(word.toLowerCase());
}

const commandStarts = beginningsOf([...technical, ...ordinary, ...cmdletVerbs, ...runners]);

/** Whether a word of letters, digits, points and hyphens that begins with these codes may be a command or run one; 0 for no second. */
export function mayBeginCommand(first: number, second: number): boolean {
  return mayBegin(commandStarts, first, second);
}

/** Any word that runs the command behind it. */
export function isWrapper(word: string): boolean {
  return isRunner(word) || spokenRunners.has(word.toLowerCase());
}
