package task

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/octoq/octoq/campaign"
)

// object appends a JSON object, as encoding/json would write it with
// SetEscapeHTML(false), byte for byte: a million campaigns pass here, for which
// encoding/json takes four times as long. A field that campaigns get must be
// added to appendCampaign; a test of every field sees to that.
type jsonWriter struct {
	b   []byte
	err error
	any bool // it has a member
}

func (o *jsonWriter) begin() { o.b, o.any = append(o.b, '{'), false }
func (o *jsonWriter) end()   { o.b = append(o.b, '}') }

// name appends the name of a member, which needs no escaping.
func (o *jsonWriter) name(name string) {
	if o.any {
		o.b = append(o.b, ',')
	}
	o.any = true
	o.b = append(append(append(o.b, '"'), name...), '"', ':')
}

func (o *jsonWriter) number(name string, n int64) {
	o.name(name)
	o.b = strconv.AppendInt(o.b, n, 10)
}

// text appends a string that is not to be left out when it is empty.
func (o *jsonWriter) text(name, s string) {
	o.name(name)
	o.b = appendString(o.b, s)
}

func (o *jsonWriter) textIf(name, s string) {
	if s != "" {
		o.text(name, s)
	}
}

func (o *jsonWriter) textsIf(name string, all []string) {
	if len(all) == 0 {
		return
	}
	o.name(name)
	for i, s := range all {
		o.b = append(o.b, "[,"[min(i, 1)])
		o.b = appendString(o.b, s)
	}
	o.b = append(o.b, ']')
}

func (o *jsonWriter) truth(name string, v bool) {
	o.name(name)
	o.b = strconv.AppendBool(o.b, v)
}

func (o *jsonWriter) truthIf(name string, v bool) {
	if v {
		o.truth(name, true)
	}
}

func (o *jsonWriter) timeIf(name string, t time.Time) {
	if !t.IsZero() {
		o.marshalled(name, t)
	}
}

// marshalled appends what writes itself.
func (o *jsonWriter) marshalled(name string, v json.Marshaler) {
	o.name(name)
	text, err := v.MarshalJSON()
	if err != nil && o.err == nil {
		o.err = err
	}
	o.b = append(o.b, text...)
}

func (o *jsonWriter) labels(name string, labels map[string]string) {
	if len(labels) == 0 {
		return
	}
	o.name(name)
	o.b = append(o.b, '{')
	var room [campaign.MaxLabels]string
	names := slices.AppendSeq(room[:0], maps.Keys(labels))
	slices.Sort(names)
	for i, label := range names {
		if i > 0 {
			o.b = append(o.b, ',')
		}
		o.b = append(appendString(o.b, label), ':')
		o.b = appendString(o.b, labels[label])
	}
	o.b = append(o.b, '}')
}

// appendFirst appends the payload of a first create.
func appendFirst(b []byte, f *First) ([]byte, error) {
	o := jsonWriter{b: b}
	o.begin()
	o.number("v", int64(f.version()))
	o.number("t", f.EnqueuedAt.UnixMilli())
	o.textIf("o", f.Origin)
	o.textIf("n", f.Nonce)
	o.textIf("b", f.EnqueuedBy)
	o.textsIf("a", f.Authors)
	o.name("c")
	appendCampaign(&o, &f.Campaign, f.version() >= short)
	o.end()
	return o.b, o.err
}

// appendCampaign appends a campaign without its id and account, and without what is usual
// where that is left out.
func appendCampaign(o *jsonWriter, c *campaign.Campaign, leftOut bool) {
	o.begin()
	o.textIf("list_name", c.ListName)
	o.textIf("tag_name", c.TagName)
	o.text("text", c.Text)
	if !leftOut || c.Type != usualType {
		o.text("type", c.Type)
	}
	if !leftOut || c.Purpose != usualPurpose {
		o.text("purpose", c.Purpose)
	}
	o.textIf("sender", c.Sender)
	o.timeIf("send_at", c.SendAt)
	o.truthIf("with_replies", c.WithReplies)
	if c.AutoOptimizeText != nil {
		o.truth("auto_optimize_text", *c.AutoOptimizeText)
	}
	o.truthIf("auto_remove_blacklisted_numbers", c.AutoRemoveBlacklistedNumbers)
	o.truthIf("simulation_mode", c.SimulationMode)
	o.truthIf("recipient_tracking", c.RecipientTracking)
	o.textIf("segmentation", c.Segmentation)
	o.timeIf("not_before", c.NotBefore)
	o.timeIf("expires_at", c.ExpiresAt)
	o.textIf("late", c.Late)
	o.textIf("window", c.Window)
	o.textIf("confirm", c.Confirm)
	if c.MaxCost != 0 {
		o.marshalled("max_cost", c.MaxCost)
	}
	o.labels("labels", c.Labels)
	o.end()
	o.any = true
}

// appendString appends a JSON string. Whatever is not plain is left to
// encoding/json, character by character.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			if c >= ' ' && c != '"' && c != '\\' {
				i++
				continue
			}
			b = appendEscaped(append(b, s[from:i]...), s[i:i+1])
			i++
			from = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 || r == '\u2028' || r == '\u2029' {
			b = appendEscaped(append(b, s[from:i]...), s[i:i+size])
			from = i + size
		}
		i += size
	}
	return append(append(b, s[from:]...), '"')
}

// appendEscaped appends one character as JSON escapes it.
func appendEscaped(b []byte, s string) []byte {
	quoted, err := json.Marshal(s)
	if err != nil { // never: it is a string
		return b
	}
	return append(b, quoted[1:len(quoted)-1]...)
}
