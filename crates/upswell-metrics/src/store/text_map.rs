//! Texts in order, each with what belongs to it; a copy costs nothing until one of both changes.
//!
//! A tree of two levels whose leaves are shared. Readers take a copy and search it for as long
//! as they like; the writer meanwhile copies the leaf that it changes and no more.

use std::sync::Arc;

use crate::labels::Text;

/// Most texts in a leaf: what a change may have to copy.
const LEAF_MAX: usize = 256;

type Leaf<V> = Vec<(Text, V)>;

/// Texts in order of their bytes.
#[derive(Clone, Debug)]
pub(super) struct TextMap<V> {
    /// None of them is empty.
    leaves: Arc<Vec<Arc<Leaf<V>>>>,
    len: usize,
}

impl<V> Default for TextMap<V> {
    fn default() -> Self {
        Self { leaves: Arc::default(), len: 0 }
    }
}

impl<V: Clone> TextMap<V> {
    /// How many texts there are.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// What belongs to a text.
    pub(super) fn get(&self, text: &str) -> Option<&V> {
        let leaf = self.leaves.get(self.leaf_of(text.as_bytes()))?;
        let index = leaf.binary_search_by(|(of_leaf, _)| (**of_leaf).cmp(text)).ok()?;
        Some(&leaf[index].1)
    }

    /// All, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Text, &V)> {
        self.starting_at(b"")
    }

    /// All that are not before `start`, in order.
    pub(super) fn starting_at(&self, start: &[u8]) -> impl Iterator<Item = (&Text, &V)> {
        let at = self.leaf_of(start);
        let skipped = self
            .leaves
            .get(at)
            .map_or(0, |leaf| leaf.partition_point(|(text, _)| text.as_bytes() < start));
        let leaves = self.leaves.get(at..).unwrap_or_default();
        leaves.iter().flat_map(|leaf| leaf.iter()).skip(skipped).map(|(text, v)| (text, v))
    }

    /// Returns the text as it is shared and what belongs to it, after inserting what `new`
    /// returns if the text is not there.
    pub(super) fn get_or_insert(
        &mut self,
        text: &Text,
        new: impl FnOnce() -> V,
    ) -> (&Text, &mut V) {
        let mut at = self.leaf_of(text.as_bytes());
        let leaves = Arc::make_mut(&mut self.leaves);
        if leaves.is_empty() {
            leaves.push(Arc::default());
        }
        let found = leaves[at].binary_search_by(|(of_leaf, _)| of_leaf.cmp(text));
        let index = found.unwrap_or_else(|mut index| {
            if leaves[at].len() >= LEAF_MAX {
                (at, index) = split(leaves, at, index);
            }
            Arc::make_mut(&mut leaves[at]).insert(index, (Arc::clone(text), new()));
            self.len += 1;
            index
        });
        let (text, value) = &mut Arc::make_mut(&mut leaves[at])[index];
        (text, value)
    }

    /// What belongs to a text, to be changed.
    pub(super) fn get_mut(&mut self, text: &str) -> Option<&mut V> {
        let at = self.leaf_of(text.as_bytes());
        let leaf = Arc::make_mut(Arc::make_mut(&mut self.leaves).get_mut(at)?);
        let index = leaf.binary_search_by(|(of_leaf, _)| (**of_leaf).cmp(text)).ok()?;
        Some(&mut leaf[index].1)
    }

    /// Removes a text.
    pub(super) fn remove(&mut self, text: &str) {
        let at = self.leaf_of(text.as_bytes());
        let leaves = Arc::make_mut(&mut self.leaves);
        let Some(leaf) = leaves.get_mut(at).map(Arc::make_mut) else { return };
        if let Ok(index) = leaf.binary_search_by(|(of_leaf, _)| (**of_leaf).cmp(text)) {
            leaf.remove(index);
            self.len -= 1;
            if leaf.is_empty() {
                leaves.remove(at);
            }
        }
    }

    /// Returns the index of the leaf that holds a text, if any does.
    fn leaf_of(&self, text: &[u8]) -> usize {
        let starts_after = |leaf: &Arc<Leaf<V>>| leaf[0].0.as_bytes() <= text;
        self.leaves.partition_point(starts_after).saturating_sub(1)
    }
}

/// Splits a leaf that is full; returns where the place that was at `index` is now.
fn split<V: Clone>(leaves: &mut Vec<Arc<Leaf<V>>>, at: usize, index: usize) -> (usize, usize) {
    let leaf = Arc::make_mut(&mut leaves[at]);
    // Texts that come in order leave full leaves behind.
    let half = if index == leaf.len() { index } else { leaf.len() / 2 };
    let upper = leaf.split_off(half);
    leaves.insert(at + 1, Arc::new(upper));
    if index >= half { (at + 1, index - half) } else { (at, index) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_a_sorted_map_and_copies_stay_as_they_were(
            steps in prop::collection::vec((0_u16..1500, 0_u8..4), 0..3000),
            copy_at in 0_usize..3000,
        ) {
            let (mut map, mut model) = (TextMap::default(), BTreeMap::new());
            let mut copy = (map.clone(), model.clone());
            for (step, (number, action)) in steps.into_iter().enumerate() {
                let text = Text::from(number.to_string());
                if action == 0 {
                    map.remove(&text);
                    model.remove(&text);
                } else {
                    *map.get_or_insert(&text, || 0).1 += step;
                    *model.entry(text).or_insert(0) += step;
                }
                if step == copy_at {
                    copy = (map.clone(), model.clone());
                }
            }
            for (map, model) in [copy, (map, model)] {
                prop_assert!(map.iter().eq(model.iter()));
                prop_assert_eq!(map.len(), model.len());
                let tail = model.range(Text::from("7")..);
                prop_assert!(map.starting_at(b"7").eq(tail));
                prop_assert!(model.iter().all(|(text, value)| map.get(text) == Some(value)));
                prop_assert_eq!(map.get("x"), None);
            }
        }
    }
}
