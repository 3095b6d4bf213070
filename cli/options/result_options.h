// Adds the options for the format and the file of a result, and writes the result.
//
// Threading: the main thread.
// Ownership: the app's options refer to the struct, which must outlive parsing.
// Errors:    open() fails before the first probe if the file cannot be written, or if the command
//            reads it. write() writes everything or nothing.
// Cost:      see OutputFile.
#pragma once

#include <CLI/CLI.hpp>

#include <functional>
#include <memory>
#include <ostream>
#include <span>
#include <string>

#include "cli/files/output_file.h"
#include "cli/render/render.h"
#include "engine/base/error.h"

namespace rollcall::cli {

struct ResultOptions {
  Format format = Format::kText;
  std::string output;  // "": standard output
  bool quiet = false;
};

// --format (with NDJSON and CSV if `tables`), -o and --quiet.
void add_result_options(CLI::App& command, ResultOptions& options, bool tables);

// A file that the command reads, and its name in messages, for example "the inventory".
struct InputFile {
  std::string path;
  std::string role;
};

// Writes to standard output, or to the file of -o.
class ResultWriter {
 public:
  // Refuses a path that leads to one of `inputs`, because the result would replace that file.
  static Result<ResultWriter> open(const std::string& path, std::span<const InputFile> inputs);
  // The capabilities that write() needs.
  Capabilities needs() const { return file_ ? file_->needs() : 0; }
  Result<void> write(const std::function<void(std::ostream&)>& render);

 private:
  std::unique_ptr<OutputFile> file_;  // null: standard output
};

}  // namespace rollcall::cli
