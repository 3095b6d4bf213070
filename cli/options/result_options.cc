#include "cli/options/result_options.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <iostream>

#include "cli/options/choice.h"

namespace rollcall::cli {
namespace {

// Only regular files count: a device or a pipe is written to and not replaced, so its reader loses
// nothing.
bool same_file(const std::string& a, const std::string& b) {
  struct stat left{};
  struct stat right{};
  if (::stat(a.c_str(), &left) != 0 || ::stat(b.c_str(), &right) != 0) return false;
  return S_ISREG(left.st_mode) && left.st_dev == right.st_dev && left.st_ino == right.st_ino;
}

}  // namespace

void add_result_options(CLI::App& command, ResultOptions& options, bool tables) {
  std::vector<std::pair<std::string, Format>> formats{{"text", Format::kText},
                                                      {"json", Format::kJson}};
  if (tables) {
    formats.emplace_back("ndjson", Format::kNdjson);
    formats.emplace_back("csv", Format::kCsv);
  }
  add_choice(command, "--format", options.format, formats, "of the result (default: text)");
  const auto set_output = [&options](const std::string& path) {
    if (path.empty()) throw CLI::ValidationError("-o", "the name of the file is empty");
    // /dev/stdout may be redirected to a file. Write to the open descriptor, do not replace it.
    options.output = path == "-" || path == "/dev/stdout" ? "" : path;
  };
  command
      .add_option_function<std::string>(
          "-o,--output", set_output,
          "write the result to this file, whole or not at all; - is standard output")
      ->type_name("FILE");
  command.add_flag("--quiet", options.quiet, "no progress and no notes on standard error");
}

Result<ResultWriter> ResultWriter::open(const std::string& path,
                                        std::span<const InputFile> inputs) {
  ResultWriter writer;
  if (path.empty()) return writer;
  for (const InputFile& input : inputs) {
    if (!same_file(path, input.path)) continue;
    return fail(ErrorCode::kUsage,
                fmt::format("-o: {} is {}: name another file for the result", path, input.role));
  }
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
