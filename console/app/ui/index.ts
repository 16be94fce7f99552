// What screens draw with.
export * from "./button.tsx";
export * from "./csv.ts";
export * from "./dialog.tsx";
export * from "./field.tsx";
export * from "./icon.tsx";
export * from "./link.tsx";
export * from "./load.ts";
export * from "./menu.tsx";
export * from "./parts.tsx";
export * from "./table.tsx";
export { Toasts, toast, trouble } from "./toast.tsx";
