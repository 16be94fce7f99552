import "./later.css";
import type { ComponentChildren } from "preact";
import type { TextNode } from "../../wire/types.ts";
import { useRoom } from "../state/room.ts";
import { plain } from "../state/shown.ts";
import { t } from "../state/words.ts";
import { Icon } from "../views/icon.tsx";
import { isSafe, Link } from "../views/text.tsx";

const DEPTH_MOST = 12;
const PLAIN = {
  paragraph: "p",
  strong: "strong",
  em: "em",
  code: "code",
  item: "li",
} as const;

/** An answer's text, drawn from its tree: elements that we name here, never markup. What we do not know shows its text. */
export default function Nodes({ nodes, depth = 0 }: { nodes: readonly TextNode[]; depth?: number }) {
  if (depth > DEPTH_MOST) return <>{nodes.map(plain).join(" ")}</>;
  return (
    <>
      {nodes.map((node, place) => (
        <Node key={place} node={node} depth={depth} />
      ))}
    </>
  );
}

function Node({ node, depth }: { node: TextNode; depth: number }) {
  const { type, text, href = "", children } = node;
  const inside: ComponentChildren = children?.length ? <Nodes nodes={children} depth={depth + 1} /> : (text ?? "");
  const Plain = PLAIN[type as keyof typeof PLAIN];
  if (Plain) return <Plain>{inside}</Plain>;
  switch (type) {
    case "list":
      return node.ordered ? <ol start={node.start}>{inside}</ol> : <ul>{inside}</ul>;
    case "break":
      return <br />;
    case "heading":
      return <p class="heading">{inside}</p>;
    case "code_block":
      return (
        <pre dir="ltr">
          <code>{inside}</code>
        </pre>
      );
    case "link":
      return <Link href={href}>{inside}</Link>;
    case "video":
      return <Video href={href} title={node.title ?? ""} />;
    case "image":
      return <Picture node={node} />;
    case "button":
      return <Next node={node} />;
    default:
      return <>{inside}</>;
  }
}

function Picture({ node: { src = "", alt = "", width, height } }: { node: TextNode }) {
  if (!isSafe(src)) return <>{alt}</>;
  return <img class="shown" src={src} alt={alt} width={width} height={height} loading="lazy" />;
}

/** A video is a card that leads to where it plays: nothing of another site runs in here. */
function Video({ href, title }: { href: string; title: string }) {
  if (!isSafe(href)) return <>{title}</>;
  const { host } = new URL(href, location.href);
  return (
    <Link href={href} className="video">
      <span class="video-sign">
        <Icon name="play" />
      </span>
      <span class="video-text">
        <span dir="auto">{title}</span>
        <small>{t("answer.video", { host: host.replace(/^www\./, "") })}</small>
      </span>
    </Link>
  );
}

/** What the visitor may want next: an address to open, or words to say. */
function Next({ node }: { node: TextNode }) {
  const { visit } = useRoom();
  const title = plain(node);
  if (node.href) {
    return (
      <Link href={node.href} className="pill">
        {title}
      </Link>
    );
  }
  return (
    <button type="button" class="pill" onClick={() => visit.say({ text: title })}>
      {title}
    </button>
  );
}
