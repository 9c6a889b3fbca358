import { createServer } from 'node:http';

/** Receives exported spans and discards them, in a separate process: `node span-sink-main.js <port>`. */
createServer((request, response) => {
  request
    .resume()
    .once('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'));
}).listen(Number(process.argv[2]), '127.0.0.1');
