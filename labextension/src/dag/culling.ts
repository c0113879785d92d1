/**
 * Culling: of a large drawing only what is near the part that is seen is made and kept up to date.
 *
 * What has been made stays. What comes into view is made in small portions, a frame each, so that
 * nothing stops while the drawing is moved.
 */

import type { IRect } from './viewport';

const PORTION = 60;
/** To change one is quicker than to make it, and each frame has its own price. */
const CHANGED = 240;
/** Smaller ones are made whole at once. */
const SMALL = 150;

export interface IBounds {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export class Culling {
  /** `make` makes the thing of a number, or brings it up to date. */
  constructor(private _make: (number: number) => void) {}

  /** Begin anew with things that are where `bounds` says; none of them is made yet. */
  reset(bounds: readonly IBounds[]): void {
    this._bounds = bounds;
    this._waiting = new Set(bounds.keys());
    if (bounds.length <= SMALL) {
      this._take([...this._waiting]);
    } else {
      this.show(this._seen, Infinity);
    }
  }

  /** Something about the thing of this number has changed. */
  touch(number: number): void {
    if (this._bounds.length <= SMALL) {
      this._take([number]);
    } else {
      this._waiting.add(number);
    }
  }

  /** Bring what is seen up to date after some were touched. */
  flush(): void {
    this.show(this._seen, CHANGED);
  }

  /** Make the thing of a number now, wherever it is. */
  need(number: number): void {
    if (this._waiting.has(number)) {
      this._take([number]);
    }
  }

  /** Another part is seen. */
  show(seen: IRect, most = PORTION): void {
    this._seen = seen;
    if (!this._waiting.size) {
      return;
    }
    const found: number[] = [];
    for (const number of this._waiting) {
      if (this.sees(number)) {
        found.push(number);
        if (found.length > most) {
          break;
        }
      }
    }
    this._take(found.slice(0, most));
    if (found.length > most && !this._frame) {
      this._frame = requestAnimationFrame(() => {
        this._frame = 0;
        this.show(this._seen);
      });
    }
  }

  dispose(): void {
    cancelAnimationFrame(this._frame);
  }

  private sees(number: number): boolean {
    const { x, y, width, height } = this._seen;
    const { left, right, top, bottom } = this._bounds[number];
    return left < x + width && right > x && top < y + height && bottom > y;
  }

  private _take(numbers: readonly number[]): void {
    for (const number of numbers) {
      this._waiting.delete(number);
      this._make(number);
    }
  }

  private _bounds: readonly IBounds[] = [];
  private _waiting = new Set<number>();
  private _seen: IRect = { x: 0, y: 0, width: 0, height: 0 };
  private _frame = 0;
}
