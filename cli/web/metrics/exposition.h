// Metrics as text: Prometheus' own format (0.0.4) and OpenMetrics 1.0, whichever was asked for.
//
// Threading: plain values and pure functions.
// Ownership: families own their names and labels.
// Units:     as the names of the metrics say.
// Errors:    none: what an Accept field asks for and we cannot make is answered in Prometheus' own
//            format, which every scraper reads.
// Cost:      some 100 ns a sample.
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

// The format that an Accept field (RFC 9110 section 12.5.1) prefers; kPrometheus where it does not
// care.
Exposition exposition_for(std::string_view accept);
std::string_view content_type(Exposition exposition);

// Collects families and their samples, in the order in which they are given.
class MetricFamilies {
 public:
  using Labels = std::vector<std::pair<std::string_view, std::string_view>>;

  // Each begins a family; samples follow it. Counters' names end in _total.
  MetricFamilies& gauge(std::string_view name, std::string_view help);
  MetricFamilies& counter(std::string_view name, std::string_view help);
  MetricFamilies& add(double value, const Labels& labels = {});

  // A family of one histogram. `bounds` are what the buckets hold at most, in units of which one
  // second has `per_second`; `counts` is what is in each of them alone, and in one more for what is
  // beyond.
  // Requires: counts.size() == bounds.size() + 1.
  void histogram(std::string_view name, std::string_view help,
                 std::span<const std::uint32_t> bounds, double per_second,
                 std::span<const std::uint64_t> counts, double sum);

  // Label values as in printable(): a name of the inventory must not fool who reads them.
  std::string text(Exposition exposition) const;

 private:
  prometheus::MetricFamily& begin(std::string_view name, std::string_view help,
                                  prometheus::MetricType type);

  std::vector<prometheus::MetricFamily> families_;
};

}  // namespace rollcall::web
