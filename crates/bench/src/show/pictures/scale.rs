//! Axes: from a value to a place, and the round values that are worth a line.

/// An axis from `from` to `to`, over `start` to `end` of the picture.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    from: f64,
    to: f64,
    start: f64,
    end: f64,
    logarithmic: bool,
}

/// The smallest value of a logarithmic axis.
const SMALLEST: f64 = 1e-9;

impl Scale {
    /// An axis on which equal differences have equal lengths, from 0 to `to`.
    pub fn linear(to: f64, [start, end]: [f64; 2]) -> Self {
        Self { from: 0.0, to: to.max(f64::MIN_POSITIVE), start, end, logarithmic: false }
    }

    /// An axis on which equal ratios have equal lengths.
    ///
    /// It has no zero: what lies below its beginning is drawn there.
    pub fn logarithmic(from: f64, to: f64, [start, end]: [f64; 2]) -> Self {
        let from = from.max(SMALLEST);
        let to = if to > from { to } else { from * 10.0 };
        Self { from, to, start, end, logarithmic: true }
    }

    /// The place of `value`.
    pub fn at(&self, value: f64) -> f64 {
        let share = if self.logarithmic {
            (value.max(self.from) / self.from).ln() / (self.to / self.from).ln()
        } else {
            (value - self.from) / (self.to - self.from)
        };
        self.start + share * (self.end - self.start)
    }

    /// Round values along the axis, each at least `gap` from the next.
    pub fn ticks(&self, gap: f64) -> Vec<f64> {
        if self.logarithmic { self.logarithmic_ticks(gap) } else { self.linear_ticks(gap) }
    }

    fn linear_ticks(&self, gap: f64) -> Vec<f64> {
        let rough = self.to * gap / (self.end - self.start).abs();
        let power = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|n| n * power).find(|step| *step >= rough).unwrap_or(rough);
        (0..=(self.to / step + 1e-9) as usize).map(|n| n as f64 * step).collect()
    }

    fn logarithmic_ticks(&self, gap: f64) -> Vec<f64> {
        let [first, last] = [self.from.log10().floor() as i32, self.to.log10().ceil() as i32];
        let values = |steps: &[f64], every: usize| -> Vec<f64> {
            let decades = (first..=last).step_by(every);
            let all = decades.flat_map(|decade| steps.iter().map(move |step| step * 10_f64.powi(decade)));
            all.filter(|value| (self.from * 0.999..=self.to * 1.001).contains(value)).collect()
        };
        let choices: [(&[f64], usize); 7] = [
            (&[1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0], 1),
            (&[1.0, 1.5, 2.0, 3.0, 5.0, 7.0], 1),
            (&[1.0, 2.0, 5.0], 1),
            (&[1.0, 3.0], 1),
            (&[1.0], 1),
            (&[1.0], 2),
            (&[1.0], 3),
        ];
        let all = choices.map(|(steps, every)| values(steps, every));
        let apart =
            |values: &&Vec<f64>| values.windows(2).all(|pair| (self.at(pair[1]) - self.at(pair[0])).abs() >= gap);
        all.iter().find(apart).or(all.last()).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linear_ticks_are_round_and_inside() {
        let scale = Scale::linear(1.13, [0.0, 100.0]);
        assert_eq!(scale.ticks(15.0), [0.0, 0.2, 0.4, 0.6000000000000001, 0.8, 1.0]);
        assert_eq!(scale.at(1.13), 100.0);
    }

    #[test]
    fn logarithmic_ticks_are_one_two_and_five_where_there_is_room() {
        let scale = Scale::logarithmic(0.05, 2.0, [0.0, 100.0]);
        let ticks: Vec<String> = scale.ticks(17.0).iter().map(|tick| format!("{tick:.2}")).collect();
        assert_eq!(ticks, ["0.05", "0.10", "0.20", "0.50", "1.00", "2.00"]);
        assert_eq!(Scale::logarithmic(1e-3, 1e3, [0.0, 100.0]).ticks(14.0).len(), 7, "a whole decade each");
        let vertical = Scale::logarithmic(1e-3, 1e3, [300.0, 0.0]).ticks(40.0);
        assert!(vertical.windows(2).all(|pair| pair[0] < pair[1]) && vertical.len() > 3);
        assert_eq!(scale.at(0.05), 0.0);
    }

    #[test]
    fn a_logarithmic_axis_ends_even_if_it_is_to_begin_at_zero() {
        let scale = Scale::logarithmic(0.0, 1e3, [0.0, 100.0]);
        assert!((1..=10).contains(&scale.ticks(10.0).len()));
        assert_eq!((scale.at(0.0), scale.at(1e3)), (0.0, 100.0));
    }
}
