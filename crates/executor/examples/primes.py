import math
from concurrent.futures import ProcessPoolExecutor

NUMBERS = [2, 1000003, 1000001, 1000000000039, 1000000000041, 999998000001]


def is_prime(n):
    if n < 2 or n % 2 == 0:
        return n == 2
    return all(n % i for i in range(3, math.isqrt(n) + 1, 2))


def main():
    with ProcessPoolExecutor(2) as pool:
        for number, prime in zip(NUMBERS, pool.map(is_prime, NUMBERS)):
            print(number, "is prime" if prime else "is not prime")


if __name__ == "__main__":
    main()
