#include "scheduler/history/reader.h"
#include "scheduler/history/sqlite/select.h"

namespace rollcall::history {

Result<std::vector<SweepPoint>> Reader::sweep_points(const TimeRange& range, std::uint32_t points) {
  return connection_.read([&](SQLite::Database& database) {
    // Rounded up, so that the last part is no longer than the others.
    const std::int64_t part = (to_column(range.to - range.from) + points - 1) / points;
    SQLite::Statement statement(
        database,
        "SELECT min(at), count(*), max(duration), avg(rate_pps), max(loss), max(missing), "
        "max(unknown) FROM sweeps WHERE at >= ?1 AND at < ?2 GROUP BY (at - ?1) / ?3 ORDER BY 1");
    statement.bind(1, to_column(range.from));
    statement.bind(2, to_column(range.to));
    statement.bind(3, std::max<std::int64_t>(part, 1));
    return all(statement, [](Row& row) {
      SweepPoint point{.started_at = row.time()};
      point.sweeps = row.count();
      point.duration = Duration(row.integer());
      point.rate_pps = row.real();
      point.loss = row.real_or_none();
      point.missing = row.count();
      point.unknown = row.count();
      return point;
    });
  });
}

}  // namespace rollcall::history
