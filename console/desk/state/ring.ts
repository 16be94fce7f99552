// Two soft tones, again every three seconds, made here: no file to load, nothing that a policy could block.

const EVERY_MS = 3_000;
const TONES = [
  { hertz: 660, at: 0 },
  { hertz: 880, at: 0.18 },
] as const;

export class Ring {
  #context: AudioContext | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;
  readonly #wake = () => void this.#context?.resume();

  constructor() {
    // browsers let a page sound only once somebody has touched it
    for (const event of ["pointerdown", "keydown"]) addEventListener(event, this.#wake, { passive: true });
  }

  start(): void {
    if (this.#timer !== undefined) return;
    this.#sound();
    this.#timer = setInterval(() => this.#sound(), EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  close(): void {
    this.stop();
    for (const event of ["pointerdown", "keydown"]) removeEventListener(event, this.#wake);
    void this.#context?.close();
    this.#context = null;
  }

  #sound(): void {
    if (!("AudioContext" in window)) return;
    this.#context ??= new AudioContext();
    const context = this.#context;
    if (context.state === "suspended") void context.resume();
    if (context.state !== "running") return;
    for (const { hertz, at } of TONES) {
      const from = context.currentTime + at;
      const tone = context.createOscillator();
      const volume = context.createGain();
      tone.type = "sine";
      tone.frequency.value = hertz;
      volume.gain.setValueAtTime(0, from);
      volume.gain.linearRampToValueAtTime(0.18, from + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.001, from + 0.4);
      tone.connect(volume).connect(context.destination);
      tone.start(from);
      tone.stop(from + 0.45);
    }
  }
}
