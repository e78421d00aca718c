import { describe, expect, it } from 'vitest';
import { yieldToEventLoop } from '../../../src/train/runtime/yield-to-event-loop.ts';

describe('yieldToEventLoop', () => {
  it('lets a timer that is due run before it returns', async () => {
    let hasRun = false;
    setTimeout(() => {
      hasRun = true;
    }, 0);
    await yieldToEventLoop(undefined);
    expect(hasRun).toBe(true);
  });

  it('throws the reason of a signal that was aborted before', async () => {
    const reason = new Error('enough');
    await expect(yieldToEventLoop(AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  it('throws the reason of a signal that is aborted during the wait', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    setTimeout(() => stop.abort(reason), 0);
    await expect(yieldToEventLoop(stop.signal)).rejects.toBe(reason);
  });
});
