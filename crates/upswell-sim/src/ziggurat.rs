//! Draws by the ziggurat: one uniform draw, one product and one comparison nearly every time.
//!
//! The area under a falling curve is cut into layers of the same area. A point of a random layer
//! is under the curve for certain unless it lies in the layer's outer end; only there, and in the
//! tail, the curve itself is computed.
//!
//! Source: G. Marsaglia, W. W. Tsang, "The Ziggurat Method for Generating Random Variables",
//! Journal of Statistical Software 5(8), 2000. The tables are computed with libm when they are
//! first used, so that they are the same on every machine.

use std::sync::LazyLock;

use crate::random::Stream;

/// The half of the standard normal distribution that is above zero.
pub(crate) static HALF_NORMAL: LazyLock<Ziggurat> = LazyLock::new(|| Ziggurat::new(Curve::Normal));
/// The exponential distribution of mean one.
pub(crate) static EXPONENTIAL: LazyLock<Ziggurat> =
    LazyLock::new(|| Ziggurat::new(Curve::Exponential));

const LAYERS: usize = 256;

/// The layers of one curve.
#[derive(Debug)]
pub(crate) struct Ziggurat {
    curve: Curve,
    /// Outer edge of each layer, from the base up; the last is zero. The first is the width that
    /// the base layer would have as a rectangle.
    edges: [f64; LAYERS + 1],
    /// The curve at each edge.
    heights: [f64; LAYERS + 1],
}

/// A curve that falls from one at zero; an area of one is not asked for.
#[derive(Clone, Copy, Debug)]
enum Curve {
    Normal,
    Exponential,
}

impl Ziggurat {
    fn new(curve: Curve) -> Self {
        let tail_from = curve.tail_from();
        let layer_area = tail_from * curve.height(tail_from) + curve.tail_area();
        let mut edges = [0.0; LAYERS + 1];
        edges[0] = layer_area / curve.height(tail_from);
        edges[1] = tail_from;
        for layer in 2..LAYERS {
            let below = edges[layer - 1];
            edges[layer] = curve.edge(layer_area / below + curve.height(below));
        }
        Self { curve, heights: edges.map(|edge| curve.height(edge)), edges }
    }

    /// Draws a value above zero, and a bit that is independent of it.
    #[inline]
    pub(crate) fn draw(&self, stream: &mut Stream) -> (f64, bool) {
        loop {
            // The low bits pick the layer, the high ones the point in it.
            let bits = stream.bits();
            let (layer, coin) = (bits as usize % LAYERS, bits & LAYERS as u64 != 0);
            let value = Stream::to_uniform(bits) * self.edges[layer];
            if value < self.edges[layer + 1] {
                return (value, coin);
            }
            if let Some(value) = self.outer_end(layer, value, stream) {
                return (value, coin);
            }
        }
    }

    /// Decides about a point at the outer end of its layer; nothing if it is above the curve.
    #[cold]
    fn outer_end(&self, layer: usize, value: f64, stream: &mut Stream) -> Option<f64> {
        if layer == 0 {
            return Some(self.curve.draw_tail(stream));
        }
        let (low, high) = (self.heights[layer], self.heights[layer + 1]);
        let height = high + (low - high) * stream.uniform();
        (height < self.curve.height(value)).then_some(value)
    }
}

impl Curve {
    /// Where the tail begins with 256 layers; from the paper.
    fn tail_from(self) -> f64 {
        match self {
            Self::Normal => 3.654_152_885_361_009,
            Self::Exponential => 7.697_117_470_131_05,
        }
    }

    fn tail_area(self) -> f64 {
        let from = self.tail_from();
        match self {
            Self::Normal => {
                let half_pi = std::f64::consts::FRAC_PI_2;
                libm::sqrt(half_pi) * libm::erfc(from / std::f64::consts::SQRT_2)
            }
            Self::Exponential => self.height(from),
        }
    }

    fn height(self, at: f64) -> f64 {
        match self {
            Self::Normal => libm::exp(-0.5 * at * at),
            Self::Exponential => libm::exp(-at),
        }
    }

    /// Where the curve has a height.
    fn edge(self, height: f64) -> f64 {
        match self {
            Self::Normal => libm::sqrt(-2.0 * libm::log(height)),
            Self::Exponential => -libm::log(height),
        }
    }

    fn draw_tail(self, stream: &mut Stream) -> f64 {
        let from = self.tail_from();
        match self {
            Self::Normal => loop {
                let beyond = -libm::log(stream.uniform()) / from;
                if -2.0 * libm::log(stream.uniform()) > beyond * beyond {
                    return from + beyond;
                }
            },
            // It forgets how far it has come.
            Self::Exponential => from - libm::log(stream.uniform()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Entity;

    #[test]
    fn every_layer_has_the_same_area() {
        for ziggurat in [&*HALF_NORMAL, &*EXPONENTIAL] {
            let area = ziggurat.edges[0] * ziggurat.heights[1];
            for layer in 1..LAYERS {
                let height = ziggurat.heights[layer + 1] - ziggurat.heights[layer];
                let relative = ziggurat.edges[layer] * height / area - 1.0;
                // The topmost one shows the digits that the paper's constant lacks.
                assert!(relative.abs() < 1e-9, "{:?} {layer}: {relative}", ziggurat.curve);
            }
        }
    }

    /// Cumulative share of the curve's area below a value.
    fn below(curve: Curve, value: f64) -> f64 {
        match curve {
            Curve::Normal => libm::erf(value / std::f64::consts::SQRT_2),
            Curve::Exponential => 1.0 - libm::exp(-value),
        }
    }

    #[test]
    fn draws_follow_the_curve_also_in_its_tail() {
        const DRAWS: u32 = 4_000_000;
        for ziggurat in [&*HALF_NORMAL, &*EXPONENTIAL] {
            let mut stream = Stream::new(5, Entity::Service);
            let cuts = [0.01, 0.2, 0.5, 1.0, 1.5, 2.0, 3.0, 3.7, 4.2, 6.0, 7.8, 9.0];
            let (mut counts, mut heads) = ([0_u32; 12], 0_u32);
            for _ in 0..DRAWS {
                let (value, coin) = ziggurat.draw(&mut stream);
                heads += u32::from(coin);
                for (count, cut) in counts.iter_mut().zip(cuts) {
                    *count += u32::from(value < cut);
                }
            }
            let close = |count: u32, share: f64| {
                let deviation = (f64::from(DRAWS) * share * (1.0 - share)).sqrt();
                // Four standard deviations of a binomial count, and one for rounding.
                (f64::from(count) - f64::from(DRAWS) * share).abs() <= 4.0 * deviation + 1.0
            };
            for (count, cut) in counts.into_iter().zip(cuts) {
                let share = below(ziggurat.curve, cut);
                assert!(close(count, share), "{:?} below {cut}: {count}", ziggurat.curve);
            }
            assert!(close(heads, 0.5), "{heads}");
        }
    }
}
