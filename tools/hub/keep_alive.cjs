// For configurable-http-proxy: keeps its connections to Unix sockets, as it keeps those to ports.
//
// Without this, it asks for a new connection with each request, which the server closes when it has answered. If it
// answers before Node.js has made the empty last write of a form or a notebook, that write fails (EPIPE), and the
// browser gets an error in place of the answer.
const http = require("node:http");

const IDLE = 30_000; // milliseconds; servers keep a connection for an hour
const agent = new http.Agent({ keepAlive: true, timeout: IDLE });
const request = http.request;

http.request = (options, ...others) => {
  if (options.socketPath && options.headers?.connection === "close") {
    options = { ...options, agent, headers: { ...options.headers, connection: "keep-alive" } };
  }
  return request(options, ...others);
};
require("node:module").syncBuiltinESMExports();
