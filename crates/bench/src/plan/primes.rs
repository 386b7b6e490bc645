//! The numbers of the workload `primes`, with their answers.

/// The chapter's twenty numbers, and whether each is prime.
pub const PRIMES: [(u64, bool); 20] = [
    (2, true),
    (142_702_110_479_723, true),
    (299_593_572_317_531, true),
    (3_333_333_333_333_301, true),
    (3_333_333_333_333_333, false),
    (3_333_335_652_092_209, false),
    (4_444_444_444_444_423, true),
    (4_444_444_444_444_444, false),
    (4_444_444_488_888_889, false),
    (5_555_553_133_149_889, false),
    (5_555_555_555_555_503, true),
    (5_555_555_555_555_555, false),
    (6_666_666_666_666_666, false),
    (6_666_666_666_666_719, true),
    (6_666_667_141_414_921, false),
    (7_777_777_536_340_681, false),
    (7_777_777_777_777_753, true),
    (7_777_777_777_777_777, false),
    (9_999_999_999_999_917, true),
    (9_999_999_999_999_999, false),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_primes_is_what_miller_and_rabin_find() {
        for (number, is_prime) in PRIMES {
            assert_eq!(miller_rabin(number), is_prime, "{number}");
        }
    }

    /// Exact for every number of 64 bits with the first twelve primes as bases.
    /// (Sorenson and Webster, *Strong pseudoprimes to twelve prime bases*, 2015.)
    fn miller_rabin(n: u64) -> bool {
        let modulus = u128::from(n);
        let power = |base: u64, exponent: u64| {
            (0..64).rev().fold(1, |result, bit| {
                let square = result * result % modulus;
                if exponent >> bit & 1 == 1 { square * u128::from(base) % modulus } else { square }
            })
        };
        let shift = (n - 1).trailing_zeros();
        let bases = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37];
        bases.into_iter().filter(|base| base % n != 0).all(|base| {
            let first = power(base, (n - 1) >> shift);
            let mut squares = std::iter::successors(Some(first), |x| Some(x * x % modulus));
            first == 1 || squares.by_ref().take(shift as usize).any(|x| x == modulus - 1)
        })
    }
}
