package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// mutation is a body that is changed in one place.
type mutation struct {
	what, body string
	null       bool // the change is a null
}

// bad makes requests with what is wrong: bodies, their types, and parameters.
func (c *contract) bad() {
	for _, kind := range c.op.bodyTypes() {
		if isJSON(kind) {
			c.badFields(kind)
			c.badJSON(kind)
		}
		c.badText(kind)
	}
	c.badTypes()
	c.badQuery()
	c.badPath()
	c.badHeaders()
}

// badFields changes each field of a body into what it may not be.
func (c *contract) badFields(kind string) {
	schema, base := c.op.bodySchema(kind), *c.request(kind).body
	for _, m := range c.d.mutations(schema, base) {
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(m.body))
		if err != nil {
			c.t.Fatal(err)
		}
		want := mayFail
		// A null of what is not required counts as left out.
		if c.d.judge(schema, value) != nil && !m.null {
			want = mustFail
		}
		q := c.request(kind)
		q.body = &m.body
		c.try(m.what, want, q)
	}
}

// badJSON sends what is no JSON, or not of its kind.
func (c *contract) badJSON(kind string) {
	const deep = 20_000
	nested := strings.Repeat(`{"a":`, deep) + "1" + strings.Repeat("}", deep)
	for what, body := range map[string]string{
		"broken JSON": "{", "JSON and more": "{} {}", "a list": "[]", "a text": `"x"`, "a number": "1", "no object": "true",
		"a deep list": strings.Repeat("[", deep), "deep objects": nested, "a deep field": `{"reason":` + nested + `}`,
		"a byte order mark": "\ufeff{}", "single quotes": "{'a':1}",
	} {
		q := c.request(kind)
		q.body = &body
		c.try(what, mustFail, q)
	}
	const here = "some text"
	for _, body := range c.d.withEach(c.op.bodySchema(kind), *c.request(kind).body, here) {
		q := c.request(kind)
		body = strings.Replace(body, here, "some \xff", 1)
		q.body = &body
		c.try("bad UTF-8", mustFail, q)
	}
}

// withEach are bodies with a text in each of the fields that take one.
func (d *description) withEach(s schemaAt, base, text string) []string {
	s = d.resolved(s)
	var all []string
	for name := range child(s.node, "properties") {
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(base))
		if err != nil {
			d.t.Fatal(err)
		}
		object(value)[name] = text
		if d.judge(s, value) == nil {
			b, err := json.Marshal(value)
			if err != nil {
				d.t.Fatal(err)
			}
			all = append(all, string(b))
		}
	}
	return all
}

// badText sends what no media type is: nothing, and too much.
func (c *contract) badText(kind string) {
	q := c.request(kind)
	empty, large := "", `{"reason":"`+strings.Repeat("x", 1<<20)+`"}`
	q.body = &empty
	want := mayFail
	if c.op.bodyRequired() && isJSON(kind) {
		want = mustFail
	}
	c.try("an empty body", want, q)
	q = c.request(kind)
	q.body = &large
	c.try("a large body", mayFail, q)
	q = c.request(kind)
	q.chunked = true
	c.try("a body of unknown length", mayFail, q)
}

// badTypes sends a body of another media type than the document names.
func (c *contract) badTypes() {
	if c.op.method == http.MethodGet {
		return
	}
	for _, kind := range []string{"", "text/plain", "application/xml", "application/x-www-form-urlencoded", "application/octet-stream", "application/json/x", ";"} {
		q := c.request(c.op.anyBodyType())
		body := "{}"
		if q.body == nil {
			q.body = &body
		}
		q.header.Set("Content-Type", kind)
		c.trySame("a body of the type "+strconv.Quote(kind), q, http.StatusUnsupportedMediaType)
	}
	if len(c.op.bodyTypes()) == 0 {
		q := c.request("")
		body := "{}"
		q.body = &body
		q.header.Set("Content-Type", "application/json")
		c.trySame("a body where there is none", q, http.StatusUnsupportedMediaType)
	}
}

// trySame tries a request that has one status.
func (c *contract) trySame(what string, q request, status int) {
	c.t.Helper()
	c.try(what, mustFail, q)
	if a := c.send(q); a.status != status {
		c.t.Errorf("%s: got %d %s, want %d", what, a.status, a.text, status)
	}
}

// badQuery gives parameters that are unknown, or not what they may be.
func (c *contract) badQuery() {
	q := c.request(c.op.anyBodyType())
	q.query = joined(q.query, "no_such_parameter", "x")
	c.try("an unknown parameter", mustFail, q)
	for _, p := range c.op.parameters("query") {
		for _, value := range c.d.wrongTexts(p.schema) {
			q := c.request(c.op.anyBodyType())
			q.query = joined(q.query, p.name, value)
			c.try(fmt.Sprintf("%s=%q", p.name, value), mustFail, q)
		}
		for _, value := range []string{"", "\x00", "\xff", strings.Repeat("x", 3000), "../..", "löwe"} {
			q := c.request(c.op.anyBodyType())
			q.query = joined(q.query, p.name, value)
			c.try(fmt.Sprintf("%s=%.20q", p.name, value), mayFail, q)
		}
	}
}

// badPath gives the path's parameters what is no name.
func (c *contract) badPath() {
	for _, name := range c.op.pathNames() {
		for _, value := range []string{"No!", "\x00", "\xff", strings.Repeat("x", 300), "a b", "löwe", "no-such-one"} {
			q := c.request(c.op.anyBodyType())
			values := map[string]string{"account": "default"}
			maps.Copy(values, c.sample().path)
			values[name] = value
			q.path = c.op.path
			for _, each := range c.op.pathNames() {
				q.path = strings.ReplaceAll(q.path, "{"+each+"}", url.PathEscape(values[each]))
			}
			c.try(fmt.Sprintf("%s is %.20q", name, value), mayFail, q)
		}
	}
}

// badHeaders gives headers what they may not hold.
func (c *contract) badHeaders() {
	for _, p := range c.op.parameters("header") {
		for _, value := range []string{"", "\xff", "löwe", strings.Repeat("x", 300), "durable=x", `"`, ","} {
			q := c.request(c.op.anyBodyType())
			q.header.Set(p.name, value)
			c.try(fmt.Sprintf("%s: %.20q", p.name, value), mayFail, q)
		}
	}
}

func joined(query, name, value string) string {
	more := url.QueryEscape(name) + "=" + url.QueryEscape(value)
	if query == "" {
		return more
	}
	return query + "&" + more
}

// mutations are a body with each of its fields, and those within them, changed.
func (d *description) mutations(s schemaAt, base string) []mutation {
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(base))
	if err != nil {
		d.t.Fatalf("the sample %s: %v", base, err)
	}
	var all []mutation
	d.mutate(s, value, "", func(what string, v any) {
		b, err := json.Marshal(v)
		if err != nil {
			d.t.Fatal(err)
		}
		all = append(all, mutation{"bad body: " + what, string(b), strings.HasSuffix(what, "is null")})
	})
	return all
}

// mutate yields a value with one change in it, for each that there is to make.
func (d *description) mutate(s schemaAt, value any, at string, yield func(string, any)) {
	s = d.resolved(s)
	switch v := value.(type) {
	case map[string]any:
		d.mutateObject(s, v, at, yield)
	case []any:
		for i, item := range v {
			d.mutate(schemaAt{child(s.node, "items"), s.at + "/items"}, item, fmt.Sprint(at, "/", i), func(what string, changed any) {
				list := slices.Clone(v)
				list[i] = changed
				yield(what, list)
			})
		}
	}
}

func (d *description) mutateObject(s schemaAt, v map[string]any, at string, yield func(string, any)) {
	set := func(what, name string, changed any) {
		other := maps.Clone(v)
		other[name] = changed
		yield(what, other)
	}
	if more, is := s.node["additionalProperties"].(bool); is && !more {
		set(at+"/no_such_field is there", "no_such_field", "x")
	}
	for name := range child(s.node, "properties") {
		here := at + "/" + name
		if _, there := v[name]; there {
			other := maps.Clone(v)
			delete(other, name)
			yield(here+" is left out", other)
		}
		property := s.property(name)
		for _, wrong := range d.wrong(property) {
			text, _ := json.Marshal(wrong)
			set(fmt.Sprintf("%s is %.40s", here, text), name, wrong)
		}
		inner, there := v[name]
		if !there {
			inner = d.value(property)
		}
		d.mutate(property, inner, here, func(what string, changed any) { set(what, name, changed) })
	}
}

// wrong are values that a schema may refuse: of each type, and beyond each bound.
func (d *description) wrong(s schemaAt) []any {
	s = d.resolved(s)
	all := []any{
		nil, true, "", "x", "\x00", "19.75", "1", "true", "1h", "2099-01-01", "2099-01-01T00:00:00Z", json.Number("-1"), json.Number("1.5"), json.Number("1e400"), json.Number("99999999999999999999"),
		[]any{}, []any{"x"}, []any{nil}, map[string]any{}, map[string]any{"x": "y"}, strings.Repeat("x", 5000),
	}
	if most, ok := number(s, "maxLength"); ok {
		all = append(all, strings.Repeat("ö", most+1), strings.Repeat("ö", most))
	}
	if most, ok := number(s, "maximum"); ok {
		all = append(all, json.Number(strconv.Itoa(most+1)))
	}
	if most, ok := number(s, "maxItems"); ok {
		all = append(all, slices.Repeat([]any{d.value(schemaAt{child(s.node, "items"), s.at + "/items"})}, most+1))
	}
	return all
}

func number(s schemaAt, name string) (int, bool) {
	n, ok := s.node[name].(json.Number)
	if !ok {
		return 0, false
	}
	i, err := n.Int64()
	return int(i), err == nil
}

// wrongTexts are values of a parameter that its schema refuses.
func (d *description) wrongTexts(s schemaAt) []string {
	s = d.resolved(s)
	if typeOf(s) == "array" {
		return d.wrongTexts(schemaAt{child(s.node, "items"), s.at + "/items"})
	}
	var all []string
	switch typeOf(s) {
	case "integer", "number":
		all = append(all, "x", "1.5", "99999999999999999999")
		if least, ok := number(s, "minimum"); ok {
			all = append(all, strconv.Itoa(least-1))
		}
		if most, ok := number(s, "maximum"); ok {
			all = append(all, strconv.Itoa(most+1))
		}
	case "boolean":
		all = append(all, "x", "2")
	case "string":
		if s.node["enum"] != nil || s.node["format"] == "date-time" || s.node["pattern"] != nil {
			all = append(all, "no such", "2026-13-41")
		}
	}
	return all
}

// values are values of a parameter that its schema accepts.
func (d *description) values(s schemaAt) []string {
	s = d.resolved(s)
	if typeOf(s) == "array" {
		return d.values(schemaAt{child(s.node, "items"), s.at + "/items"})
	}
	if all, _ := s.node["enum"].([]any); len(all) > 0 {
		var texts []string
		for _, one := range all {
			texts = append(texts, fmt.Sprint(one))
		}
		return texts
	}
	if typeOf(s) == "boolean" {
		return []string{"true", "false"}
	}
	return []string{fmt.Sprint(d.value(s))}
}

// additions are a body with each further field that its schema has.
func (d *description) additions(s schemaAt, base string) []mutation {
	s = d.resolved(s)
	var all []mutation
	for name := range child(s.node, "properties") {
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(base))
		fields := object(value)
		if _, there := fields[name]; err != nil || there {
			continue
		}
		fields[name] = d.value(s.property(name))
		b, err := json.Marshal(fields)
		if err != nil {
			d.t.Fatal(err)
		}
		all = append(all, mutation{what: name, body: string(b)})
	}
	return all
}
