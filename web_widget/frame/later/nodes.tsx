import "./later.css";
import type { ComponentChildren } from "preact";
import type { TextNode } from "../../wire/types.ts";
import { useRoom } from "../state/room.ts";
import { t } from "../state/words.ts";
import { Icon } from "../views/icon.tsx";
import { isSafe, Link, Text } from "../views/text.tsx";

const DEPTH_MOST = 12;
const PLAIN = {
  paragraph: "p",
  strong: "strong",
  bold: "strong",
  em: "em",
  italic: "em",
  del: "del",
  strike: "del",
  code: "code",
  list: "ul",
  bullet_list: "ul",
  ordered_list: "ol",
  item: "li",
  list_item: "li",
  quote: "blockquote",
  blockquote: "blockquote",
  table: "table",
  head: "thead",
  thead: "thead",
  tbody: "tbody",
  body: "tbody",
  row: "tr",
  cell: "td",
  header: "th",
} as const;
const VIDEO = /(?:^|\.)(?:youtube\.com|youtube-nocookie\.com|youtu\.be|vimeo\.com|loom\.com|wistia\.com)$/;

/** An answer's text, drawn from its tree: elements that we name here, never markup. What we do not know shows its text. */
export default function Nodes({ nodes, depth = 0 }: { nodes: readonly TextNode[]; depth?: number }) {
  if (depth > DEPTH_MOST) return null;
  return (
    <>
      {nodes.map((node, place) => (
        <Node key={place} node={node} depth={depth} />
      ))}
    </>
  );
}

function Node({ node, depth }: { node: TextNode; depth: number }) {
  const { type, text, href, src, children } = node;
  const inside: ComponentChildren = children?.length ? <Nodes nodes={children} depth={depth + 1} /> : (text ?? "");
  const Plain = PLAIN[type as keyof typeof PLAIN];
  if (Plain) return <Plain start={Plain === "ol" ? node.start : undefined}>{inside}</Plain>;
  switch (type) {
    case "text":
      return <Text text={text ?? ""} />;
    case "break":
    case "hardbreak":
      return <br />;
    case "softbreak":
      return <> </>;
    case "rule":
    case "hr":
      return <hr />;
    case "heading":
      return <p class="heading">{inside}</p>;
    case "code_block":
    case "fence":
      return (
        <pre dir="ltr">
          <code>{inside}</code>
        </pre>
      );
    case "link":
      return href && isVideo(href) ? (
        <Video href={href} title={plain(node)} />
      ) : (
        <Link href={href ?? ""}>{inside}</Link>
      );
    case "video":
      return <Video href={href ?? src ?? ""} title={node.title ?? plain(node)} />;
    case "image":
      return <Picture node={node} />;
    case "button":
    case "next":
      return <Next node={node} />;
    default:
      return <>{inside}</>;
  }
}

function Picture({ node: { src, href, alt, text, width, height } }: { node: TextNode }) {
  const address = src ?? href ?? "";
  if (!isSafe(address)) return <>{alt ?? text}</>;
  return <img class="shown" src={address} alt={alt ?? text ?? ""} width={width} height={height} loading="lazy" />;
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
        <span dir="auto">{title === href ? "" : title}</span>
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

function isVideo(href: string): boolean {
  try {
    return VIDEO.test(new URL(href, location.href).hostname);
  } catch {
    return false;
  }
}

/** The words of a node and of all below it. */
function plain({ text, children }: TextNode): string {
  return text ?? children?.map(plain).join("") ?? "";
}
