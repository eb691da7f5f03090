import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aptInstall } from '../../scripts/apt.ts';
import { proxyCore, start, type Contender } from '../http/contenders.ts';

const nginxModule = '/usr/lib/nginx/modules/ngx_http_modsecurity_module.so';
const rules = '/usr/share/modsecurity-crs/rules';

/** Installs the peer from Debian when it is absent. */
export function ensureModSecurity(): void {
  if (existsSync(nginxModule) && existsSync(rules)) return;
  aptInstall(
    ['nginx', 'libnginx-mod-http-modsecurity', 'modsecurity-crs'],
    'The injection benchmark compares with ModSecurity',
  );
}

/** nginx as a proxy with ModSecurity and the OWASP rule set at its default paranoia level, blocking. */
export async function modSecurity(port: number, backendPort: number): Promise<Contender> {
  const folder = mkdtempSync(join(tmpdir(), 'outrider-bench-modsecurity-'));
  const recommended = readFileSync('/etc/nginx/modsecurity.conf', 'utf8');
  writeFileSync(join(folder, 'modsecurity.conf'), rulesOf(recommended, folder));
  writeFileSync(join(folder, 'unicode.mapping'), readFileSync('/etc/nginx/unicode.mapping', 'utf8'));
  const file = join(folder, 'nginx.conf');
  writeFileSync(
    file,
    `load_module ${nginxModule}; user root; daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 4096; }
http { access_log off; keepalive_requests 1000000000; client_body_temp_path ${folder}/body;
proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
upstream backend { server 127.0.0.1:${backendPort}; keepalive 64; }
server { listen 127.0.0.1:${port}; modsecurity on; modsecurity_rules_file ${folder}/modsecurity.conf;
location / { proxy_pass http://backend; proxy_http_version 1.1; proxy_set_header Connection ""; } } }`,
  );
  return start(['nginx', '-c', file, '-p', folder], port, proxyCore);
}

/** The recommended configuration, blocking, without its audit log, with the rule set's files. */
function rulesOf(recommended: string, folder: string): string {
  const own = recommended
    .replace(/^SecRuleEngine .*$/m, 'SecRuleEngine On')
    .replace(/^SecAuditEngine .*$/m, 'SecAuditEngine Off')
    .replace(/^SecUnicodeMapFile .*$/m, `SecUnicodeMapFile ${folder}/unicode.mapping 20127`);
  return `${own}\nInclude /etc/modsecurity/crs/crs-setup.conf\nInclude ${rules}/*.conf\n`;
}
