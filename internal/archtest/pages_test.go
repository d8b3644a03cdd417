package archtest

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

// links are those of a page to other files of the tree, and to headings.
func links(text string) []string {
	var all []string
	for _, m := range regexp.MustCompile(`\]\(([^)\s]+)\)`).FindAllStringSubmatch(text, -1) {
		if !strings.Contains(m[1], "://") {
			all = append(all, m[1])
		}
	}
	return all
}

// anchors are the headings of a page, as links name them.
func anchors(text string) map[string]bool {
	dropped := regexp.MustCompile(`[^\p{L}\p{N}_\- ]`)
	found := map[string]bool{}
	for line := range strings.Lines(text) {
		if title, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " "); ok && strings.HasPrefix(line, "#") {
			title = dropped.ReplaceAllString(strings.ToLower(strings.TrimSpace(title)), "")
			found[strings.ReplaceAll(title, " ", "-")] = true
		}
	}
	return found
}

// broken is what is wrong with a link of a page; "" if it leads somewhere.
func broken(tree fs.FS, page, link string) string {
	file, heading, _ := strings.Cut(link, "#")
	target := page
	if file != "" {
		target = path.Join(path.Dir(page), file)
	}
	if _, err := fs.Stat(tree, target); err != nil {
		return "there is no " + target
	}
	if heading == "" {
		return ""
	}
	text, err := fs.ReadFile(tree, target)
	if err != nil || !anchors(string(text))[heading] {
		return target + " has no heading " + heading
	}
	return ""
}

// Every link from one page to another leads to a file and a heading that are there.
func TestLinksOfPages(t *testing.T) {
	t.Parallel()
	tree := os.DirFS(root)
	pages, err := fs.Glob(tree, "*.md")
	if err != nil {
		t.Fatal(err)
	}
	more, err := fs.Glob(tree, "docs/*.md")
	if err != nil || len(pages) < 3 || len(more) < 5 {
		t.Fatalf("got the pages %v and %v, %v", pages, more, err)
	}
	for _, page := range append(pages, more...) {
		text, err := fs.ReadFile(tree, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, link := range links(string(text)) {
			if why := broken(tree, page, link); why != "" {
				t.Errorf("%s: [%s]: %s", page, link, why)
			}
		}
	}
}

// A link that leads nowhere is found.
func TestBrokenLinksAreFound(t *testing.T) {
	t.Parallel()
	tree := os.DirFS(root)
	for link, want := range map[string]bool{
		"docs/delivery.md": false, "docs/delivery.md#the-promises": false, "#two-commands": false, "LICENSE": false,
		"docs/missing.md": true, "docs/delivery.md#no-such-heading": true, "#no-such-heading": true, "delivery.md": true,
	} {
		if got := broken(tree, "README.md", link); (got != "") != want {
			t.Errorf("%s: got %q, broken %t", link, got, want)
		}
	}
}
