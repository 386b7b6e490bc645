//! Which of some numbers are prime? Found out by two processes.

use executor::{ProcessPool, remote_task};

const NUMBERS: [u64; 6] = [2, 1000003, 1000001, 1000000000039, 1000000000041, 999998000001];

remote_task!(IsPrime(u64) -> bool = is_prime);

fn is_prime(n: u64) -> bool {
    n == 2 || n > 2 && n % 2 == 1 && (3..=n.isqrt()).step_by(2).all(|i| !n.is_multiple_of(i))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    executor::enter!(IsPrime);
    let pool = ProcessPool::new(2)?;
    for (number, prime) in NUMBERS.into_iter().zip(pool.map(IsPrime, NUMBERS)) {
        println!("{number} {}", if prime? { "is prime" } else { "is not prime" });
    }
    Ok(())
}
