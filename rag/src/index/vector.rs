//! Sparse vectors.

/// A vector of which few dimensions are not zero, sorted by dimension.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sparse(Vec<(u32, f32)>);

impl Sparse {
    /// A vector of these entries; those of one dimension are added up.
    pub fn new(entries: impl IntoIterator<Item = (u32, f32)>) -> Self {
        let mut entries: Vec<_> = entries.into_iter().collect();
        entries.sort_unstable_by_key(|(at, _)| *at);
        entries.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
        Self(entries)
    }

    /// The value at a dimension.
    pub fn get(&self, at: u32) -> f32 {
        self.0
            .binary_search_by_key(&at, |(at, _)| *at)
            .ok()
            .and_then(|found| self.0.get(found))
            .map_or(0.0, |entry| entry.1)
    }

    /// The scalar product.
    pub fn dot(&self, other: &Self) -> f32 {
        self.0.iter().map(|(at, value)| value * other.get(*at)).sum()
    }

    /// How many dimensions are not zero.
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it is zero everywhere.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds the entries of another vector.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self::new(self.0.into_iter().chain(other.0))
    }

    /// Dimensions and values, as the engines take them.
    pub(super) fn unzip(self) -> (Vec<u32>, Vec<f32>) {
        self.0.into_iter().unzip()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_sorted_and_added_up() {
        let vector = Sparse::new([(7, 1.0), (2, 0.5), (7, 2.0)]);
        assert_eq!(vector, Sparse::new([(2, 0.5), (7, 3.0)]));
        assert!((vector.dot(&Sparse::new([(7, 2.0), (9, 1.0)])) - 6.0).abs() < 1e-6);
        assert!(vector.get(3).abs() < f32::EPSILON);
    }
}
