// Writes metrics as text, in Prometheus' own format (0.0.4) or OpenMetrics 1.0, as requested.
//
// Threading: plain values and pure functions.
// Ownership: families own their names and labels.
// Units:     as the names of the metrics say.
// Errors:    an Accept field with unsupported formats only gets Prometheus' own format, which every
//            scraper reads.
// Cost:      about 100 ns per sample.
#pragma once

#include <prometheus/metric_family.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rollcall::web {

enum class Exposition : std::uint8_t { kPrometheus, kOpenMetrics };

// The format that an Accept field (RFC 9110 section 12.5.1) prefers; kPrometheus without a
// preference.
Exposition exposition_for(std::string_view accept);
std::string_view content_type(Exposition exposition);

// Collects families and their samples, in the order of the calls.
class MetricFamilies {
 public:
  using Labels = std::vector<std::pair<std::string_view, std::string_view>>;

  // Each begins a family; samples follow it. Names of counters end in _total.
  MetricFamilies& gauge(std::string_view name, std::string_view help);
  MetricFamilies& counter(std::string_view name, std::string_view help);
  MetricFamilies& add(double value, const Labels& labels = {});

  // A family of one histogram. `bounds` are the upper limits of the buckets, in units of
  // 1/`per_second` seconds. `counts` holds the count of each bucket alone, and one more for values
  // above all bounds.
  // Requires: counts.size() == bounds.size() + 1.
  void histogram(std::string_view name, std::string_view help,
                 std::span<const std::uint32_t> bounds, double per_second,
                 std::span<const std::uint64_t> counts, double sum);

  // Escapes label values as printable() does: a name of the inventory must not mislead its reader.
  std::string text(Exposition exposition) const;

 private:
  prometheus::MetricFamily& begin(std::string_view name, std::string_view help,
                                  prometheus::MetricType type);

  std::vector<prometheus::MetricFamily> families_;
};

}  // namespace rollcall::web
