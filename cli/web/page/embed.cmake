# Writes the table of assets (cli/web/page/assets.h) and the assembler source that holds their bytes.
#   cmake -DFILES=a;b;c -DTABLE=table.cc -DBYTES=bytes.S -P embed.cmake

function(type_of file result)
  set(html "text/html; charset=utf-8")
  set(css "text/css; charset=utf-8")
  set(js "text/javascript; charset=utf-8")
  set(svg "image/svg+xml")
  set(txt "text/plain; charset=utf-8")
  get_filename_component(suffix ${file} LAST_EXT)
  string(SUBSTRING ${suffix} 1 -1 suffix)
  if(NOT DEFINED ${suffix})
    message(FATAL_ERROR "${file}: no content type is known for it")
  endif()
  set(${result} ${${suffix}} PARENT_SCOPE)
endfunction()

# "path file", so that sorting orders them by path.
set(entries)
foreach(file IN LISTS FILES)
  get_filename_component(name ${file} NAME)
  if(name STREQUAL "index.html")
    list(APPEND entries "/ ${file}")
  else()
    list(APPEND entries "/assets/${name} ${file}")
  endif()
endforeach()
list(SORT entries)

set(symbols)
set(rows)
set(bytes "  .section .rodata\n")
set(number 0)
foreach(entry IN LISTS entries)
  string(FIND "${entry}" " " space)
  string(SUBSTRING "${entry}" 0 ${space} path)
  math(EXPR space "${space} + 1")
  string(SUBSTRING "${entry}" ${space} -1 file)
  type_of(${file} type)
  file(SHA256 ${file} hash)
  string(SUBSTRING ${hash} 0 16 hash)
  set(symbol rollcall_asset_${number})
  string(APPEND bytes "  .global ${symbol}, ${symbol}_end\n"
                      "${symbol}:\n  .incbin \"${file}\"\n${symbol}_end:\n")
  string(APPEND symbols "extern const char ${symbol}[], ${symbol}_end[];\n")
  string(APPEND rows "      {\"${path}\", \"${type}\", {${symbol}, ${symbol}_end}, "
                     "R\"(\"${hash}\")\"},\n")
  math(EXPR number "${number} + 1")
endforeach()

file(WRITE ${BYTES} "${bytes}  .section .note.GNU-stack, \"\", @progbits\n")
file(WRITE ${TABLE} "#include \"cli/web/page/assets.h\"

extern \"C\" {
${symbols}}

namespace rollcall::web {

std::span<const Asset> assets() {
  static const Asset kAssets[] = {
${rows}  };
  return kAssets;
}

}  // namespace rollcall::web
")
