/** How old the watermark of the running archive is, from its `/metrics`; null while nobody answers. */
export async function fetchWatermarkAgeSeconds(port: number): Promise<number | null> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/metrics`, { signal: AbortSignal.timeout(2_000) });
    const [, seconds] = /^des_watermark_seconds(?:\{[^}]*\})? (\S+)$/m.exec(await response.text()) ?? [];
    return seconds === undefined ? null : Date.now() / 1_000 - Number(seconds);
  } catch {
    return null; // it starts, or was just killed
  }
}
