// Eigenvalues and eigenvectors of a symmetric tridiagonal matrix, by divide and conquer (Cuppen 1981): it is cut into two
// halves and a matrix of rank one, rho z z^T. In the halves' eigenvectors this is diag(d) + rho z z^T, whose eigenvalues are
// the roots of 1 + rho sum_j z_j^2 / (d_j - x). Where z_j is next to zero, or two d_j are next to each other, a vector is one
// already (deflation, as in LAPACK's slaed2). The vectors of the others are of the z that these roots have exactly (Gu &
// Eisenstat 1995), so that they are orthogonal. Numbers are doubles, vectors are floats, rounded once a level.
// The same bits, however many threads there are.
#pragma once
#include <cmath>
#include <numeric>
#include <vector>

#include "matmul.h"

namespace metamd {

// diag(d) + rho z z^T, d rising, z of length one at most: no two of d are the same and no z is zero. Both are of whole vectors:
// behind the last pole are zeros of z at a place where no root is.
struct RankOneChange {
  int64_t size = 0;
  double rho = 0;
  std::vector<double> d, z;

  void Finish() {
    size = d.size();
    const double outside = d.back() + 4 * rho + 1;
    d.resize(RoundedUp(size, kHalfWidth), outside);
    z.resize(d.size(), 0.0);
  }
};

// A root as its distance from the nearer of the poles around it, which subtracting it from a pole cannot cancel.
struct Root {
  double origin, distance;
};

// What a root is looked for with: sums over the poles up to its left one, over those from its right one on, their slopes.
struct Sums {
  double left, left_slope, right, right_slope;
};

inline Sums SumsAt(const RankOneChange& change, int64_t number, const Root& root) {
  Doubles left{}, left_slope{}, right{}, right_slope{};
  const auto add = [&](int64_t at, Doubles z, Doubles& sum, Doubles& slope) {
    const Doubles ratio = z / ((Load(&change.d[at]) - root.origin) - root.distance);
    sum += z * ratio;
    slope += ratio * ratio;
  };
  const int64_t edge = number / kHalfWidth * kHalfWidth;
  for (int64_t at = 0; at < edge; at += kHalfWidth) add(at, Load(&change.z[at]), left, left_slope);
  // The vector that has poles of both sides.
  const Doubles z = Load(&change.z[edge]);
  Doubles of_left = z, of_right = z;
  for (int lane = 0; lane < kHalfWidth; lane++) (edge + lane <= number ? of_right : of_left)[lane] = 0;
  add(edge, of_left, left, left_slope);
  add(edge, of_right, right, right_slope);
  for (int64_t at = edge + kHalfWidth; at < static_cast<int64_t>(change.d.size()); at += kHalfWidth)
    add(at, Load(&change.z[at]), right, right_slope);
  return {Sum(left), Sum(left_slope), Sum(right), Sum(right_slope)};
}

// How far to go from a place to the root of the function whose left sum is r + s / (pole - x), with the value and the slope
// that it has there, and the right one too. @param left, right the poles' distances from the place.
inline double StepBetween(const Sums& sums, double value, double left, double right) {
  const double c = value - left * sums.left_slope - right * sums.right_slope;
  const double a = (left + right) * value - left * right * (sums.left_slope + sums.right_slope);
  const double b = left * right * value;
  const double root = std::sqrt(std::max(a * a - 4 * b * c, 0.0));
  return a <= 0 ? (a - root) / (2 * c) : 2 * b / (a + root);
}
// The same right of the last pole.
inline double StepBeyond(const Sums& sums, double value, double pole) {
  const double rest = value - pole * sums.left_slope;
  return pole + pole * pole * sums.left_slope / rest;
}

// The root between a pole and the next one, or right of the last.
inline Root RootOf(const RankOneChange& change, int64_t number) {
  const bool is_last = number + 1 == change.size;
  const double left = change.d[number], right = is_last ? left + change.rho : change.d[number + 1];
  const double gap = is_last ? change.rho : right - left;
  const auto value = [&](const Sums& sums) { return 1 / change.rho + sums.left + sums.right; };
  Root root{left, gap / 2};
  Sums sums = SumsAt(change, number, root);
  // Between these distances the root is.
  double low = 0, high = is_last ? gap : gap / 2;
  if (value(sums) < 0) {
    low = gap / 2;
    high = gap;
    if (!is_last) {
      root = {right, -gap / 2};
      low = -gap / 2;
      high = 0;
    }
  }
  for (int i = 0; i < 100; i++) {
    const double here = value(sums), to_left = (left - root.origin) - root.distance;
    const double to_right = (right - root.origin) - root.distance;
    (here < 0 ? low : high) = root.distance;
    double step = is_last ? StepBeyond(sums, here, to_left) : StepBetween(sums, here, to_left, to_right);
    double next = root.distance + step;
    const bool is_inside = next > low && next < high;
    if (!is_inside) next = low + (high - low) / 2;
    step = next - root.distance;
    if (next == low || next == high) break;
    root.distance = next;
    if (is_inside && std::abs(step) <= 1e-10 * std::abs(next)) break;
    sums = SumsAt(change, number, root);
  }
  return root;
}

class TridiagonalEigen {
 public:
  // @param d diagonal; eigenvalues, rising, afterwards. @param e n - 1 numbers beside it. @param z n rows of that many floats,
  // zeros; eigenvectors as columns afterwards.
  TridiagonalEigen(int64_t n, double* d, double* e, float* z, int64_t stride)
      : n_(n), d_(d), e_(e), z_(z), stride_(stride) {}

  void Solve() {
    int level = 0;
    while ((n_ >> level) > kLeaf) level++;
    const auto edge = [&](int64_t part, int at) { return n_ * part >> at; };
    for (int64_t part = 1; part < int64_t{1} << level; part++) {
      const int64_t cut = edge(part, level);
      d_[cut - 1] -= std::abs(e_[cut - 1]);
      d_[cut] -= std::abs(e_[cut - 1]);
    }
    ForParts(false, int64_t{1} << level, [&](int64_t part) { Leaf(edge(part, level), edge(part + 1, level)); });
    while (level-- > 0) {
      const int64_t parts = int64_t{1} << level;
      // Small ones side by side, large ones one after another, each by all threads.
      const bool alone = n_ / parts <= kTogether;
      ForParts(!alone, parts, [&](int64_t part) {
        Merge(edge(2 * part, level + 1), edge(2 * part + 1, level + 1), edge(2 * part + 2, level + 1), alone);
      });
    }
  }

 private:
  static constexpr int64_t kLeaf = 32, kTogether = 128, kChunk = 64;
  static constexpr double kRounding = 5.9604644775390625e-8;  // 2^-24, of floats

  // Which rows a column has that are not zero.
  enum Half : char { kTop, kBoth, kBottom };

  struct Columns {
    std::vector<double> d, z;
    std::vector<Half> halves;
    std::vector<int64_t> kept, deflated;
  };

  float* Row(int64_t row) const { return z_ + row * stride_; }

  // Chunks of so many numbers.
  template <typename Work>
  static void ForChunks(bool alone, int64_t size, Work work) {
    ForParts(alone, (size + kChunk - 1) / kChunk,
             [&](int64_t part) { work(part * kChunk, std::min(size, (part + 1) * kChunk)); });
  }

  // QL steps with implicit shifts (imtql2 of EISPACK), vectors as rows.
  void Leaf(int64_t first, int64_t end) {
    const int64_t n = end - first;
    double* const d = d_ + first;
    std::vector<double> e(e_ + first, e_ + end - 1), v(n * n, 0.0);
    e.push_back(0);
    for (int64_t i = 0; i < n; i++) v[i * n + i] = 1;
    const auto is_zero = [&](int64_t i) {
      return std::abs(e[i]) <= 1e-16 * (std::abs(d[i]) + std::abs(d[i + 1])) + 1e-18;
    };
    for (int64_t l = 0; l < n; l++)
      for (int turn = 0; turn < 1000; turn++) {
        int64_t m = l;
        while (m < n - 1 && !is_zero(m)) m++;
        if (m == l) break;
        double g = (d[l + 1] - d[l]) / (2 * e[l]);
        g = d[m] - d[l] + e[l] / (g + std::copysign(std::hypot(g, 1.0), g));
        double s = 1, c = 1, p = 0;
        int64_t i = m - 1;
        for (; i >= l; i--) {
          const double f = s * e[i], b = c * e[i], r = std::hypot(f, g);
          e[i + 1] = r;
          if (r == 0) {
            d[i + 1] -= p;
            break;
          }
          s = f / r;
          c = g / r;
          const double before = d[i + 1] - p, t = (d[i] - before) * s + 2 * c * b;
          p = s * t;
          d[i + 1] = before + p;
          g = c * t - b;
          for (int64_t k = 0; k < n; k++) {
            const double x = v[i * n + k], y = v[(i + 1) * n + k];
            v[(i + 1) * n + k] = s * x + c * y;
            v[i * n + k] = c * x - s * y;
          }
        }
        if (i < l) {
          d[l] -= p;
          e[l] = g;
        }
        e[m] = 0;
      }
    const std::vector<int64_t> order = Rising(std::vector<double>(d, d + n));
    const std::vector<double> values(d, d + n);
    for (int64_t j = 0; j < n; j++) {
      d[j] = values[order[j]];
      for (int64_t k = 0; k < n; k++) Row(first + k)[first + j] = static_cast<float>(v[order[j] * n + k]);
    }
  }

  static std::vector<int64_t> Rising(const std::vector<double>& values) {
    std::vector<int64_t> order(values.size());
    std::iota(order.begin(), order.end(), int64_t{0});
    std::stable_sort(order.begin(), order.end(), [&](int64_t i, int64_t j) { return values[i] < values[j]; });
    return order;
  }

  // Columns i and j to c i + s j and c j - s i, in rows of the halves that one of them has.
  void Rotate(int64_t first, int64_t cut, int64_t end, int64_t i, int64_t j, double c, double s, Columns& columns) {
    Half& half = columns.halves[j];
    if (half != columns.halves[i]) half = columns.halves[i] = kBoth;
    const float cosine = static_cast<float>(c), sine = static_cast<float>(s);
    for (int64_t row = half == kBottom ? cut : first; row < (half == kTop ? cut : end); row++) {
      float &x = Row(row)[first + i], &y = Row(row)[first + j];
      const float before = x;
      x = cosine * before + sine * y;
      y = cosine * y - sine * before;
    }
  }

  // Sorts out what is an eigenvector already.
  Columns Deflated(int64_t first, int64_t cut, int64_t end, double rho) {
    const int64_t n = end - first;
    Columns columns{{d_ + first, d_ + end}, {}, {}, {}, {}};
    const double sign = e_[cut - 1] < 0 ? -1 : 1;
    for (int64_t i = 0; i < n; i++) {
      const bool is_top = first + i < cut;
      columns.halves.push_back(is_top ? kTop : kBottom);
      columns.z.push_back((is_top ? Row(cut - 1)[first + i] : sign * Row(cut)[first + i]) * std::sqrt(0.5));
    }
    auto& [d, z, halves, kept, deflated] = columns;
    const auto largest = [](const std::vector<double>& numbers) {
      return std::abs(*std::max_element(numbers.begin(), numbers.end(),
                                        [](double x, double y) { return std::abs(x) < std::abs(y); }));
    };
    const double least = 8 * kRounding * std::max(largest(d), largest(z));
    int64_t before = -1;
    for (const int64_t i : Rising(d)) {
      if (rho * std::abs(z[i]) <= least) {
        deflated.push_back(i);
        continue;
      }
      if (before >= 0) {
        const double length = std::hypot(z[i], z[before]), c = z[i] / length, s = -z[before] / length;
        if (std::abs((d[i] - d[before]) * c * s) <= least) {
          z[i] = length;
          Rotate(first, cut, end, before, i, c, s, columns);
          const double lower = d[before] * c * c + d[i] * s * s;
          d[i] = d[before] * s * s + d[i] * c * c;
          d[before] = lower;
          deflated.push_back(before);
        } else {
          kept.push_back(before);
        }
      }
      before = i;
    }
    if (before >= 0) kept.push_back(before);
    return columns;
  }

  // The z with which the roots are exactly the eigenvalues.
  static std::vector<double> ExactOf(const RankOneChange& change, const std::vector<Root>& roots, bool alone) {
    std::vector<double> exact(change.d.size(), 0.0);
    ForChunks(alone, exact.size(), [&](int64_t from, int64_t to) {
      for (int64_t at = from; at < to; at += kHalfWidth) {
        const Doubles d = Load(&change.d[at]);
        Doubles product{};
        product += 1.0;
        for (int64_t i = 0; i < change.size; i++) {
          Doubles apart = d - change.d[i];
          if (i - at >= 0 && i - at < kHalfWidth) apart[i - at] = 1;
          product *= ((d - roots[i].origin) - roots[i].distance) / apart;
        }
        Store(&exact[at], product);
      }
    });
    for (int64_t j = 0; j < change.size; j++) exact[j] = std::copysign(std::sqrt(std::abs(exact[j])), change.z[j]);
    return exact;
  }

  // Eigenvectors of diag(d) + rho z z^T as columns. @param rows where the entries for each pole stand.
  static void VectorsOf(const RankOneChange& change, const std::vector<Root>& roots, const std::vector<int64_t>& rows,
                        bool alone, float* vectors) {
    const int64_t n = change.size;
    const std::vector<double> z = ExactOf(change, roots, alone);
    ForChunks(alone, n, [&](int64_t from, int64_t to) {
      double origins[kChunk], distances[kChunk], squares[kChunk] = {};
      for (int64_t i = from; i < to; i++) {
        origins[i - from] = roots[i].origin;
        distances[i - from] = roots[i].distance;
      }
      for (int64_t j = 0; j < n; j++) {
        float* const row = vectors + rows[j] * n + from;
        for (int64_t i = 0; i < to - from; i++) {
          const double entry = z[j] / ((change.d[j] - origins[i]) - distances[i]);
          squares[i] += entry * entry;
          row[i] = static_cast<float>(entry);
        }
      }
      float scales[kChunk];
      for (int64_t i = 0; i < to - from; i++) scales[i] = static_cast<float>(1 / std::sqrt(squares[i]));
      for (int64_t j = 0; j < n; j++)
        for (int64_t i = 0; i < to - from; i++) vectors[j * n + from + i] *= scales[i];
    });
  }

  // Eigenvalues and eigenvectors of both halves become those of the whole.
  void Merge(int64_t first, int64_t cut, int64_t end, bool alone) {
    RankOneChange change;
    change.rho = 2 * std::abs(e_[cut - 1]);
    const Columns columns = Deflated(first, cut, end, change.rho);
    const std::vector<int64_t>& kept = columns.kept;
    const int64_t size = kept.size();

    // Rows of the change's eigenvectors in the order top, both, bottom: each half's are side by side.
    std::vector<int64_t> rows(size), sources(size);
    int64_t counts[3] = {};
    int64_t next = 0;
    for (const Half half : {kTop, kBoth, kBottom})
      for (int64_t j = 0; j < size; j++)
        if (columns.halves[kept[j]] == half) {
          counts[half]++;
          sources[next] = kept[j];
          rows[j] = next++;
        }
    Scratch scratch(size * size, false);
    float* const vectors = scratch.Take(size * size);
    std::vector<double> values;
    if (size > 0) {
      for (const int64_t column : kept) {
        change.d.push_back(columns.d[column]);
        change.z.push_back(columns.z[column]);
      }
      change.Finish();
      std::vector<Root> roots(size);
      ForParts(alone, (size + 15) / 16, [&](int64_t part) {
        for (int64_t i = part * 16; i < std::min(size, part * 16 + 16); i++) roots[i] = RootOf(change, i);
      });
      VectorsOf(change, roots, rows, alone, vectors);
      for (const Root& root : roots) values.push_back(root.origin + root.distance);
    }
    for (const int64_t column : columns.deflated) values.push_back(columns.d[column]);
    const std::vector<int64_t> order = Rising(values);
    for (size_t i = 0; i < order.size(); i++) d_[first + i] = values[order[i]];

    const auto turn = [&](int64_t from, int64_t to, int64_t begin, int64_t count) {
      Turn(first, from, to, {sources.data() + begin, count}, {vectors + begin * size, count, size, false},
           columns.deflated, order, alone);
    };
    turn(first, cut, 0, counts[kTop] + counts[kBoth]);
    turn(cut, end, counts[kTop], counts[kBoth] + counts[kBottom]);
  }

  struct Sources {
    const int64_t* columns;
    int64_t count;
  };

  // Some rows of the eigenvectors, times the change's, and what was deflated, in a new order.
  void Turn(int64_t first, int64_t from, int64_t to, const Sources& sources, const Matrix& vectors,
            const std::vector<int64_t>& deflated, const std::vector<int64_t>& order, bool alone) {
    const int64_t rows = to - from, size = vectors.columns, n = order.size();
    Scratch scratch(RoundedUp(rows * sources.count, kLine) + rows * size, false);
    float* const before = scratch.Take(RoundedUp(rows * sources.count, kLine));
    float* const turned = scratch.Take(rows * size);
    ForChunks(alone, rows, [&](int64_t row, int64_t last) {
      for (; row < last; row++)
        for (int64_t i = 0; i < sources.count; i++)
          before[row * sources.count + i] = Row(from + row)[first + sources.columns[i]];
    });
    if (size > 0) MatMul({before, rows, sources.count, false}, vectors, turned, alone);
    ForChunks(alone, rows, [&](int64_t row, int64_t last) {
      std::vector<float> next(n);
      for (; row < last; row++) {
        float* const to_row = Row(from + row) + first;
        for (int64_t i = 0; i < n; i++)
          next[i] = order[i] < size ? turned[row * size + order[i]] : to_row[deflated[order[i] - size]];
        std::copy(next.begin(), next.end(), to_row);
      }
    });
  }

  int64_t n_;
  double *d_, *e_;
  float* z_;
  int64_t stride_;
};

}  // namespace metamd
