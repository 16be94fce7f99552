import { defineConfig, type UserConfig } from "vite";

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
  frame: { root: "web_widget/frame", base: "/widget/", build: { outDir: "../built/frame" } },
  console: { root: "console", base: "/console/", build: { outDir: "built" } },
};

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
