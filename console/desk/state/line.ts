// The agent's line to the server.
import type { AgentCommands, AgentEvents } from "../../../web_widget/wire/commands.ts";
import { Link } from "../../../web_widget/wire/link.ts";
import { kept } from "../../app/credential.ts";

export type AgentLink = Link<AgentCommands, AgentEvents>;

export function agentLink(): AgentLink {
  return new Link<AgentCommands, AgentEvents>({
    url: location.origin,
    namespace: "/agent",
    auth: () => ({ token: kept() ?? "", protocol: 1 }),
  });
}
