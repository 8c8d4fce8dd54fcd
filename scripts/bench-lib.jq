# What bench.jq and bench-scale.jq share.

def quantile(p):
  sort | ((length - 1) * p) as $i | ($i | floor) as $low
  | .[$low] + ((.[$low + 1] // .[$low]) - .[$low]) * ($i - $low);

def digits(n): pow(10; n) as $scale | . * $scale | round / $scale;
def ms: . * 1000 | digits(3);

def statistics: {
  runs: length, median_ms: (quantile(0.5) | ms), p10_ms: (quantile(0.1) | ms), p90_ms: (quantile(0.9) | ms)
};
