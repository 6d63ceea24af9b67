//! The queue: requests in the order in which they entered it, also those that were given back.

use std::collections::VecDeque;

use super::request::Request;
use super::request_heap::RequestHeap;

/// Requests in a chunk: six kibibytes, so that a short queue stays in the fastest cache.
const CHUNK_LEN: usize = 256;

/// Requests that wait.
///
/// A request that was given back takes the place that it had: it entered before everything that
/// it left behind. So the head is always the one that entered first, and with one timeout for
/// all clients also the one that leaves first.
#[derive(Debug, Default)]
pub(super) struct Queue {
    given_back: RequestHeap,
    fresh: Fifo,
}

impl Queue {
    #[inline]
    pub(super) fn len(&self) -> u64 {
        (self.given_back.len() + self.fresh.len) as u64
    }

    /// Returns the request that is next.
    #[inline]
    pub(super) fn head(&self) -> Option<&Request> {
        self.given_back.peek().or_else(|| self.fresh.front())
    }

    #[inline]
    pub(super) fn push(&mut self, request: Request) {
        self.fresh.push_back(request);
    }

    /// Takes a request back that has left the queue before.
    pub(super) fn give_back(&mut self, request: Request) {
        self.given_back.push(request);
    }

    #[inline]
    pub(super) fn pop(&mut self) -> Option<Request> {
        match self.given_back.pop() {
            None => self.fresh.pop_front(),
            request => request,
        }
    }

    /// Returns all requests, in no order that means anything.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Request> {
        self.given_back.iter().chain(self.fresh.iter())
    }
}

/// First in, first out, in chunks: a queue of a hundred million requests grows without ever
/// having a second copy of itself.
#[derive(Debug, Default)]
struct Fifo {
    /// All are full but the last.
    chunks: VecDeque<Vec<Request>>,
    /// Requests of the first chunk that have left.
    left: usize,
    len: usize,
    /// An empty chunk for the next one that is needed.
    spare: Option<Vec<Request>>,
}

impl Fifo {
    #[inline]
    fn front(&self) -> Option<&Request> {
        self.chunks.front()?.get(self.left)
    }

    #[inline]
    fn push_back(&mut self, request: Request) {
        self.len += 1;
        match self.chunks.back_mut() {
            Some(chunk) if chunk.len() < CHUNK_LEN => chunk.push(request),
            _ => self.push_chunk(request),
        }
    }

    #[cold]
    fn push_chunk(&mut self, request: Request) {
        let mut chunk = self.spare.take().unwrap_or_else(|| Vec::with_capacity(CHUNK_LEN));
        chunk.push(request);
        self.chunks.push_back(chunk);
    }

    #[inline]
    fn pop_front(&mut self) -> Option<Request> {
        let request = *self.front()?;
        self.left += 1;
        self.len -= 1;
        if self.left == CHUNK_LEN || self.len == 0 {
            self.drop_chunk();
        }
        Some(request)
    }

    #[cold]
    fn drop_chunk(&mut self) {
        self.left = 0;
        self.spare = self.chunks.pop_front().map(|mut chunk| {
            chunk.clear();
            chunk
        });
    }

    fn iter(&self) -> impl Iterator<Item = &Request> {
        self.chunks.iter().flatten().skip(self.left)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use upswell_units::Duration;

    use super::*;
    use crate::traffic::Arrival;

    fn request(nanos: i64) -> Request {
        let at = Duration::from_nanos(nanos);
        Request::new(&Arrival { at, prompt_tokens: 0, output_tokens: 0 }, at)
    }

    #[test]
    fn a_million_requests_take_24_bytes_each_and_leave_nothing_behind() {
        let mut queue = Queue::default();
        let bytes = |queue: &Queue| {
            let fifo = &queue.fresh;
            let requests: usize = fifo.chunks.iter().chain(&fifo.spare).map(Vec::capacity).sum();
            requests * size_of::<Request>() + fifo.chunks.capacity() * size_of::<Vec<Request>>()
        };
        for nanos in 0..1_000_000 {
            queue.push(request(nanos));
            // Half a chunk more than needed, and one word in 300 to find the chunks.
            let needed = queue.len() as usize * 24;
            assert!(bytes(&queue) <= needed + needed / 100 + 7000, "{nanos}: {}", bytes(&queue));
        }
        for nanos in 0..1_000_000 {
            assert_eq!(queue.pop(), Some(request(nanos)));
        }
        assert_eq!((queue.pop(), queue.fresh.chunks.len()), (None, 0));
    }

    #[test]
    fn a_queue_through_which_much_passes_does_not_grow() {
        let mut queue = Queue::default();
        for nanos in 0..100_000 {
            queue.push(request(nanos));
            if nanos >= 300 {
                assert_eq!(queue.pop(), Some(request(nanos - 300)));
            }
        }
        assert!(queue.fresh.chunks.capacity() <= 8, "{}", queue.fresh.chunks.capacity());
    }

    proptest! {
        #[test]
        fn the_one_that_entered_first_leaves_first(
            steps in prop::collection::vec((0_u8..3, any::<prop::sample::Index>()), 0..2000),
        ) {
            let (mut queue, mut waiting, mut out) = (Queue::default(), Vec::new(), Vec::new());
            for (nanos, (step, index)) in (0_i64..).zip(steps) {
                match step {
                    0 => {
                        queue.push(request(nanos));
                        waiting.push(request(nanos));
                    }
                    1 if !out.is_empty() => {
                        let back = out.swap_remove(index.index(out.len()));
                        queue.give_back(back);
                        waiting.push(back);
                        waiting.sort_unstable();
                    }
                    _ => {
                        prop_assert_eq!(queue.head(), waiting.first());
                        let first = (!waiting.is_empty()).then(|| waiting.remove(0));
                        prop_assert_eq!(queue.pop(), first);
                        out.extend(first);
                    }
                }
                prop_assert_eq!(queue.len(), waiting.len() as u64);
            }
            let mut left: Vec<_> = queue.iter().copied().collect();
            left.sort_unstable();
            prop_assert_eq!(left, waiting);
        }
    }
}
