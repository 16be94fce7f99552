/** A WebSocket to the desk that is on its way, and what it said before somebody listened. */
export interface Dialled {
  web: WebSocket;
  heard: unknown[];
}

/** Begin to connect, before it is known who speaks. desk: where the server is, without a path: "https://desk.example". */
export function dial(desk: string): Dialled {
  const web = new WebSocket(`${desk.replace(/^http/, "ws")}/socket.io/?EIO=4&transport=websocket`);
  const heard: unknown[] = [];
  web.onmessage = ({ data }) => heard.push(data);
  return { web, heard };
}
