"""Uploaded files: what was read, guessed and left out."""

from bge_demo.locales.text import Text

TEXTS = {
    # Why a row has no text
    "table.no_text": Text("The row has no text.", "该行没有文本。"),
    "table.word_for_nothing": Text(
        "The text is {word!r}, which spreadsheets write where there is nothing.",
        "文本是 {word!r}，这是电子表格表示“空”的写法。",
    ),
    "table.too_many_cells": Text(
        "The row has {n_cells} [n_cells:cell|cells] for {n_columns} [n_columns:column|columns]. Put the text in quotes, or choose another delimiter.",
        "该行有 {n_cells} 个单元格，而列数为 {n_columns}。请给文本加引号，或另选分隔符。",
    ),
    "table.no_object": Text(
        'It is no JSON object such as {{"text": "..."}}.', '不是形如 {{"text": "..."}} 的 JSON 对象。'
    ),
    # How a row was read
    "table.bad_quote": Text(
        "A quote stands wrong in this row; it was read on its own, up to the end of its line.",
        "该行的引号有误；已单独读取，到行尾为止。",
    ),
    "table.surplus_kept": Text(
        "The row has {n_cells} [n_cells:cell|cells] for {n_columns} [n_columns:column|columns]; the surplus was kept in the last one.",
        "该行有 {n_cells} 个单元格，而列数为 {n_columns}；多出的部分保留在最后一列。",
    ),
    "table.nested": Text("a list or an object instead of a text", "是列表或对象，不是文本"),
    # The preview
    "upload.waits": Text(
        "A file waits above and took no part in this run. Press “Use this file” below its preview to take it, then run again.",
        "上方有一个文件尚未采用，没有参与本次运行。请先点其预览下方的“采用此文件”，再重新运行。",
    ),
    "upload.encoding": Text("Encoding", "编码"),
    "upload.delimiter": Text("Delimiter", "分隔符"),
    "upload.header": Text("First row is a header", "首行是表头"),
    "upload.guess": Text("as recognised", "自动识别"),
    "upload.comma": Text("comma", "逗号"),
    "upload.semicolon": Text("semicolon", "分号"),
    "upload.tab": Text("tab", "制表符"),
    "upload.bar": Text("bar |", "竖线 |"),
    "upload.wide_comma": Text("full-width comma ，", "全角逗号 ，"),
    "upload.wide_semicolon": Text("full-width semicolon ；", "全角分号 ；"),
    "upload.yes": Text("yes", "是"),
    "upload.no": Text("no", "否"),
    "upload.row": Text("Row", "行"),
    "upload.column.text": Text("Column of the text", "文本列"),
    "upload.column.id": Text("Column of the id", "编号列"),
    "upload.column.title": Text("Column of the title", "标题列"),
    "upload.column.language": Text("Column of the language", "语言列"),
    "upload.column.text_a": Text("Column of text A", "文本 A 列"),
    "upload.column.text_b": Text("Column of text B", "文本 B 列"),
    "upload.column.label": Text("Column of the label", "标签列"),
    "upload.column.query": Text("Column of the query", "查询列"),
    "upload.column.relevant": Text("Column of the relevant ids", "相关段落编号列"),
    "upload.role.text": Text("(text)", "（文本）"),
    "upload.role.id": Text("(id)", "（编号）"),
    "upload.role.title": Text("(title)", "（标题）"),
    "upload.role.language": Text("(language)", "（语言）"),
    "upload.role.text_a": Text("(text A)", "（文本 A）"),
    "upload.role.text_b": Text("(text B)", "（文本 B）"),
    "upload.role.label": Text("(label)", "（标签）"),
    "upload.role.query": Text("(query)", "（查询）"),
    "upload.role.relevant": Text("(relevant ids)", "（相关段落编号）"),
    "upload.take": Text("Use this file", "采用此文件"),
    "upload.rows": Text("Rows: {n_rows}, used: {n_used}.", "共 {n_rows} 行，采用 {n_used} 行。"),
    "upload.first_rows": Text(
        "Only the first {shown} readable rows of {n} are shown:", "{n} 行中仅显示前 {shown} 个可读的行："
    ),
    "upload.read_as": Text("Read as {encoding}.", "编码为 {encoding}。"),
    "upload.delimiter_is.comma": Text("Columns are divided by commas.", "各列以逗号分隔。"),
    "upload.delimiter_is.semicolon": Text("Columns are divided by semicolons.", "各列以分号分隔。"),
    "upload.delimiter_is.tab": Text("Columns are divided by tabs.", "各列以制表符分隔。"),
    "upload.delimiter_is.bar": Text("Columns are divided by bars.", "各列以竖线分隔。"),
    "upload.delimiter_is.wide_comma": Text(
        "Columns are divided by full-width commas.", "各列以全角逗号分隔。"
    ),
    "upload.delimiter_is.wide_semicolon": Text(
        "Columns are divided by full-width semicolons.", "各列以全角分号分隔。"
    ),
    "upload.header_taken": Text("The first row is taken for a header.", "首行视为表头。"),
    "upload.by_paragraphs": Text(
        "A Markdown file is read by paragraphs, not by lines: each is one row. To read it by lines, name it .txt.",
        "Markdown 文件按段落而不是按行读取，一段为一行。如需按行读取，请把文件名改为 .txt。",
    ),
    "upload.doubt.encoding": Text(
        "The encoding is a guess. If the rows below look wrong, choose another one.",
        "编码是推测的。如果下面的内容不对，请另选编码。",
    ),
    "upload.doubt.delimiter": Text(
        "Another delimiter fits as well. If the columns below look wrong, choose it.",
        "另一种分隔符也说得通。如果下面的列不对，请另选分隔符。",
    ),
    "upload.doubt.header": Text(
        "The first row may be a header or data. Look at the rows below, and choose.",
        "首行可能是表头，也可能是数据。请查看下面的内容并选择。",
    ),
    "upload.doubt.line_ends": Text(
        "The lines end in different ways; some line ends may have been meant as part of a cell.",
        "各行的换行符不一致，有些换行可能本是单元格内容的一部分。",
    ),
    "upload.skipped": Text("Left out, {n} of {all} [all:row|rows]:", "{all} 行中有 {n} 行未采用："),
    "upload.notes": Text(
        "Read by guess, {n} of {all} [all:row|rows]:", "{all} 行中有 {n} 行是按推测读取的："
    ),
    "upload.more": Text("and {n} more", "另有 {n} 行"),
    # What is wrong with a file
    "table.bad_delimiter": Text(
        "The delimiter must be one character, or comma, semicolon, tab or bar; got {value!r}.",
        "分隔符必须是单个字符，或 comma、semicolon、tab、bar；收到 {value!r}。",
    ),
    "table.too_many_lines": Text(
        "The file has more than {limit} lines. Split it.", "文件超过 {limit} 行。请拆分。"
    ),
    "table.too_many_columns": Text(
        "A row has more than {limit} columns. Choose another delimiter.",
        "有一行超过 {limit} 列。请另选分隔符。",
    ),
    "table.bad_json_file": Text(
        "The file is no JSON: it cannot be read from line {line}, column {column} on. Mend it and upload it again.",
        "文件不是有效的 JSON：从第 {line} 行第 {column} 列起无法读取。请修正后重新上传。",
    ),
    "table.no_json_list": Text(
        'The file holds no list of objects such as [{{"text": "..."}}].',
        '文件中没有形如 [{{"text": "..."}}] 的对象列表。',
    ),
}
