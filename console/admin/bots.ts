// The bot that the knowledge's and the bot's screens are about: chosen in the address, else the first.
import { go } from "../app/router.ts";
import { useLoad } from "../app/ui/index.ts";
import type { Bot } from "./shapes.ts";

export interface ChosenBot {
  bots: Bot[];
  bot: Bot | undefined;
  error: string | null;
  reload: () => void;
  choose: (id: string) => void;
  /** An address of another screen for the same bot. */
  to: (path: string) => string;
}

export function useBots(screen: string, query: URLSearchParams): ChosenBot {
  const loaded = useLoad<{ bots: Bot[] }>("/bots");
  const bots = loaded.value?.bots ?? [];
  const named = query.get("bot");
  const bot = bots.find((one) => one.id === named) ?? bots[0];
  const tail = named && bot?.id === named ? `?bot=${encodeURIComponent(named)}` : "";
  return {
    bots,
    bot,
    error: loaded.error,
    reload: loaded.reload,
    choose: (id) => go(`${screen}?bot=${encodeURIComponent(id)}`),
    to: (path) => `${path}${tail}`,
  };
}
