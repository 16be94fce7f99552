import { defineConfig, type Plugin, type UserConfig } from "vite";

// On HTTP/1.1 each further file may cost a round trip: what is needed at once is one file, behind a small first one.
const FRAME_CHUNKS = [
  { name: "first", test: /vite\/preload-helper|wire\/dial|frame\/first/ },
  { name: "main", test: /node_modules|wire\/|look\/|frame\/(main|state|views)/ },
];

// What each build makes. The server adds headers and settings to the pages; nothing here is inline.
const BUILDS: Record<string, UserConfig> = {
  loader: {
    build: {
      outDir: "web_widget/built/loader",
      lib: {
        entry: "web_widget/loader/main.ts",
        formats: ["iife"],
        name: "FrontdeskLoader",
        fileName: () => "widget.js",
      },
    },
  },
  frame: {
    root: "web_widget/frame",
    base: "/widget/",
    build: { outDir: "../built/frame", rolldownOptions: { output: { codeSplitting: { groups: FRAME_CHUNKS } } } },
    plugins: [fetchedAtOnce("/frame/main.tsx")],
  },
  console: { root: "console", base: "/console/", build: { outDir: "built" } },
};

/** Have the page fetch a module that its first script imports dynamically, with what that needs, beside that script. */
function fetchedAtOnce(module: string): Plugin {
  return {
    name: "fetched-at-once",
    transformIndexHtml: {
      order: "post",
      handler(html, { bundle = {} }) {
        const chunks = Object.values(bundle).filter((one) => one.type === "chunk");
        const holds = chunks.find((one) => one.moduleIds.some((id) => id.endsWith(module)));
        if (!holds) throw new Error(`no chunk holds ${module}`);
        return [holds.fileName, ...holds.imports]
          .filter((file) => !html.includes(file))
          .map((file) => ({
            tag: "link",
            attrs: { rel: "modulepreload", crossorigin: true, href: `/widget/${file}` },
            injectTo: "head" as const,
          }));
      },
    },
  };
}

export default defineConfig(({ mode }) => {
  const chosen = BUILDS[mode];
  if (!chosen) throw new Error(`vite build --mode is one of ${Object.keys(BUILDS).join(", ")}, not ${mode}`);
  return {
    ...chosen,
    publicDir: false,
    clearScreen: false,
    logLevel: "warn",
    define: { "process.env.NODE_ENV": '"production"' },
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    build: {
      target: "es2022",
      emptyOutDir: true,
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      ...chosen.build,
    },
  };
});
