#include "cli/render/render.h"

#include "cli/render/sweep_csv.h"
#include "cli/render/sweep_json.h"
#include "cli/render/sweep_text.h"

namespace rollcall::cli {

void render(std::ostream& out, const inventory::TargetTable& table,
            const sweep::SweepResult& result, const RenderOptions& options) {
  switch (options.format) {
    case Format::kText:
      return render_text(out, table, result, options.all);
    case Format::kJson:
      return render_json(out, table, result, options.all);
    case Format::kNdjson:
      return render_ndjson(out, table, result, options.all);
    case Format::kCsv:
      return render_csv(out, table, result, options.all);
  }
}

}  // namespace rollcall::cli
