// Command arrows prints for each folder of a package how its files refer to each
// other: the order of reading with the fewest arrows that run back up, how many
// there are, and which.
//
//	go run ./scripts/arrows internal/stage internal/limit
package main

import (
	"fmt"
	"io"
	"log"
	"os"

	"github.com/octoq/octoq/internal/arrows"
)

func main() {
	for _, dir := range os.Args[1:] {
		if err := draw(os.Stdout, dir); err != nil {
			log.Fatal(err) //nolint:forbidigo // a developer's tool, and no part of octoq
		}
	}
}

func draw(out io.Writer, dir string) error {
	g, err := arrows.Of(dir)
	if err != nil {
		return err
	}
	files, back := g.Order()
	_, _ = fmt.Fprintf(out, "%s: %d files, %d arrows, %d back up (%.0f %%)\n", dir, len(files), len(g.Arrows), len(back), g.Share()*100)
	for _, f := range files {
		_, _ = fmt.Fprintln(out, "  ", f)
	}
	for _, a := range back {
		_, _ = fmt.Fprintf(out, "  back up: %s refers to %s\n", a.From, a.To)
	}
	return nil
}
