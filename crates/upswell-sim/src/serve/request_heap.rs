//! Requests that leave in the order of their times and not of their coming.

use super::request::Request;

/// Requests in a chunk: six kibibytes, so that few stay unused.
const CHUNK_LEN: usize = 256;

/// A binary heap with the earliest request on top.
///
/// It grows by chunks and never moves to a place of twice the size: a storm of retries may be the
/// largest thing in the system.
#[derive(Debug, Default)]
pub(super) struct RequestHeap {
    chunks: Vec<Box<[Request]>>,
    len: usize,
}

impl RequestHeap {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(super) fn peek(&self) -> Option<&Request> {
        (self.len > 0).then(|| self.at(0))
    }

    /// Returns all requests, in no order that means anything.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Request> {
        (0..self.len).map(|index| self.at(index))
    }

    pub(super) fn push(&mut self, request: Request) {
        if self.len == self.chunks.len() * CHUNK_LEN {
            self.chunks.push(vec![request; CHUNK_LEN].into_boxed_slice());
        }
        let mut hole = self.len;
        self.len += 1;
        while hole > 0 {
            let parent = (hole - 1) / 2;
            if *self.at(parent) <= request {
                break;
            }
            *self.at_mut(hole) = *self.at(parent);
            hole = parent;
        }
        *self.at_mut(hole) = request;
    }

    pub(super) fn pop(&mut self) -> Option<Request> {
        let earliest = *self.peek()?;
        self.len -= 1;
        self.sink(*self.at(self.len));
        // One chunk is kept, so that a heap at the edge of one does not buy and sell it.
        self.chunks.truncate(self.len.div_ceil(CHUNK_LEN) + 1);
        Some(earliest)
    }

    /// Puts a request in the place of the first.
    fn sink(&mut self, request: Request) {
        let mut hole = 0;
        loop {
            let mut child = 2 * hole + 1;
            if child + 1 < self.len && self.at(child + 1) < self.at(child) {
                child += 1;
            }
            if child >= self.len || *self.at(child) >= request {
                break;
            }
            *self.at_mut(hole) = *self.at(child);
            hole = child;
        }
        *self.at_mut(hole) = request;
    }

    #[inline]
    fn at(&self, index: usize) -> &Request {
        &self.chunks[index / CHUNK_LEN][index % CHUNK_LEN]
    }

    #[inline]
    fn at_mut(&mut self, index: usize) -> &mut Request {
        &mut self.chunks[index / CHUNK_LEN][index % CHUNK_LEN]
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

    proptest! {
        #[test]
        fn it_is_a_sorted_list(steps in prop::collection::vec((any::<bool>(), 0_i64..500), 0..2000)) {
            let (mut heap, mut list) = (RequestHeap::default(), Vec::new());
            for (is_push, nanos) in steps {
                if is_push || nanos % 3 == 0 {
                    heap.push(request(nanos));
                    list.push(request(nanos));
                    list.sort_unstable_by_key(|request| std::cmp::Reverse(*request));
                } else {
                    prop_assert_eq!(heap.pop(), list.pop());
                }
                prop_assert_eq!(heap.len(), list.len());
                prop_assert_eq!(heap.peek(), list.last());
            }
            let mut left: Vec<_> = heap.iter().copied().collect();
            left.sort_unstable_by_key(|request| std::cmp::Reverse(*request));
            prop_assert_eq!(left, list);
        }
    }

    #[test]
    fn it_grows_and_shrinks_by_chunks() {
        let mut heap = RequestHeap::default();
        for nanos in (0..10_000).rev() {
            heap.push(request(nanos));
            assert_eq!(heap.chunks.len(), heap.len().div_ceil(CHUNK_LEN));
        }
        while heap.pop().is_some() {}
        assert_eq!(heap.chunks.len(), 1);
    }
}
