package manual

import "strings"

// roff is a text in the language of man, as it grows.
type roff struct{ strings.Builder }

// line writes a line that is escaped already.
func (r *roff) line(text string) {
	if strings.HasPrefix(text, ".") || strings.HasPrefix(text, "'") {
		text = `\&` + text // else it would be a macro
	}
	r.WriteString(text + "\n")
}

// macro writes one with its arguments.
func (r *roff) macro(name string, args ...string) {
	r.WriteString("." + name)
	for _, arg := range args {
		r.WriteString(` "` + strings.ReplaceAll(escape(arg), `"`, `\(dq`) + `"`)
	}
	r.WriteString("\n")
}

func (r *roff) section(title string) { r.macro("SH", title) }

// item is a term, escaped already, and what is said of it.
func (r *roff) item(term, text string) {
	r.WriteString(".TP\n")
	r.line(term)
	r.line(escape(text))
}

// text writes paragraphs, which man fills. Lines that are indented stay as they are.
func (r *roff) text(text string) {
	for i, paragraph := range strings.Split(text, "\n\n") {
		if i > 0 {
			r.macro("PP")
		}
		literal := false
		for line := range strings.SplitSeq(paragraph, "\n") {
			if indented := strings.HasPrefix(line, " "); indented != literal {
				r.macro(map[bool]string{true: "nf", false: "fi"}[indented])
				literal = indented
			}
			r.line(escape(line))
		}
		if literal {
			r.macro("fi")
		}
	}
}

// literal writes lines as they are.
func (r *roff) literal(text string) {
	r.macro("nf")
	for line := range strings.SplitSeq(text, "\n") {
		r.line(escape(line))
	}
	r.macro("fi")
}

// escape keeps man from reading text as instructions, and hyphens as they are typed.
func escape(text string) string {
	return strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text)
}

func bold(text string) string { return `\fB` + escape(text) + `\fR` }

func italic(text string) string { return `\fI` + escape(text) + `\fR` }
