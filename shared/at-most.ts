/** Waits for work, but no longer than this: it goes on beside whoever waited. Rejects when the work does in time. */
export async function atMost(seconds: number, work: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, seconds * 1000);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    // Should it fail later on, whoever tries again tells it.
    work.catch(() => undefined);
  }
}
