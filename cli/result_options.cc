#include "cli/result_options.h"

#include <iostream>

#include "cli/choice.h"

namespace rollcall::cli {

void add_result_options(CLI::App& command, ResultOptions& options, bool tables) {
  std::vector<std::pair<std::string, Format>> formats{{"text", Format::kText},
                                                      {"json", Format::kJson}};
  if (tables) {
    formats.emplace_back("ndjson", Format::kNdjson);
    formats.emplace_back("csv", Format::kCsv);
  }
  add_choice(command, "--format", options.format, formats, "of the result (default: text)");
  command
      .add_option("-o,--output", options.output,
                  "write the result to this file, whole or not at all")
      ->type_name("FILE");
  command.add_flag("--quiet", options.quiet, "no progress and no notes on standard error");
}

Result<ResultWriter> ResultWriter::open(const std::string& path) {
  ResultWriter writer;
  if (path.empty()) return writer;
  auto file = OutputFile::create(path);
  if (!file) return std::unexpected(file.error());
  writer.file_ = std::move(*file);
  return writer;
}

Result<void> ResultWriter::write(const std::function<void(std::ostream&)>& render) {
  if (file_) {
    render(file_->stream());
    return file_->commit();
  }
  render(std::cout);
  if (!std::cout.flush()) return fail(ErrorCode::kSystem, "cannot write to standard output");
  return {};
}

}  // namespace rollcall::cli
