// The peer: bare http-proxy 1.18.1 with a keep-alive agent and no checks at all.
import { Agent, createServer } from 'node:http';
import httpProxy from 'http-proxy-peer';

const [port, target] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: 256 });
const proxy = httpProxy.createProxyServer({ target, agent });
proxy.on('error', (error, _request, response) => {
  process.stderr.write(`${error.message}\n`);
  response.destroy();
});
createServer((request, response) => proxy.web(request, response)).listen(Number(port), '127.0.0.1');
