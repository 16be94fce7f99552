// One socket of the official client, driven by lines of JSON: commands come in on standard input, answers (with the
// command's number) and events go out on standard output. It ends when its input does.
import { createInterface } from "node:readline";
import { io } from "socket.io-client";

let socket = null;

const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");

function connect({ number, url, auth, path, reconnect }) {
  socket?.disconnect();
  socket = io(url, { auth, path, transports: ["websocket"], reconnection: reconnect, forceNew: true });
  let answered = false;
  const answer = (result) => {
    if (!answered) say({ number, ...result });
    answered = true;
  };
  socket.on("connect", () => {
    say({ event: "connect" });
    answer({});
  });
  socket.on("connect_error", (error) => answer({ refused: error.message, data: error.data ?? null }));
  socket.on("disconnect", (reason) => say({ event: "disconnect", payload: reason }));
  socket.onAny((event, payload) => say({ event, payload }));
}

const commands = {
  connect,
  call: ({ number, event, payload }) => socket.emit(event, payload, (acknowledged) => say({ number, acknowledged })),
  drop: ({ number }) => {
    socket.io.engine.transport.ws.terminate();
    say({ number });
  },
  disconnect: ({ number }) => {
    socket.disconnect();
    say({ number });
  },
};

const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const command = JSON.parse(line);
  try {
    commands[command.do](command);
  } catch (error) {
    say({ number: command.number, failed: String(error) });
  }
});
lines.on("close", () => {
  socket?.disconnect();
  process.exit(0);
});
