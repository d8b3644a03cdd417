package arrows

import "slices"

// Order puts the files into the order of reading with the fewest arrows that run
// back up, as far as it finds it, and returns those too. Knots of up to 16 files
// are solved exactly; larger ones by moving files until no move helps.
func (g Graph) Order() (files []string, back []Arrow) {
	for _, knot := range g.knots() {
		files = append(files, g.untangle(knot)...)
	}
	return files, g.back(files)
}

// back are the arrows that run back up in an order of the files.
func (g Graph) back(files []string) []Arrow {
	at := map[string]int{}
	for i, f := range files {
		at[f] = i
	}
	var back []Arrow
	for _, a := range g.Arrows {
		if at[a.From] > at[a.To] {
			back = append(back, a)
		}
	}
	return back
}

// knots are the strongly connected components, those first that refer to others
// (Tarjan's algorithm, which finds them the other way round).
func (g Graph) knots() [][]string {
	t := tarjan{to: map[string][]string{}, index: map[string]int{}, low: map[string]int{}, on: map[string]bool{}}
	for _, a := range g.Arrows {
		t.to[a.From] = append(t.to[a.From], a.To)
	}
	for _, f := range g.Files {
		if _, seen := t.index[f]; !seen {
			t.visit(f)
		}
	}
	slices.Reverse(t.knots)
	return t.knots
}

type tarjan struct {
	to         map[string][]string
	index, low map[string]int
	on         map[string]bool
	stack      []string
	knots      [][]string
}

func (t *tarjan) visit(f string) {
	t.index[f] = len(t.index)
	t.low[f] = t.index[f]
	t.stack, t.on[f] = append(t.stack, f), true
	for _, next := range t.to[f] {
		if _, seen := t.index[next]; !seen {
			t.visit(next)
			t.low[f] = min(t.low[f], t.low[next])
		} else if t.on[next] {
			t.low[f] = min(t.low[f], t.index[next])
		}
	}
	if t.low[f] != t.index[f] {
		return
	}
	at := slices.Index(t.stack, f)
	knot := slices.Clone(t.stack[at:])
	t.stack = t.stack[:at]
	for _, k := range knot {
		t.on[k] = false
	}
	t.knots = append(t.knots, knot)
}

// exact is how many files of a knot are put in order exactly: the work doubles with
// each.
const exact = 16

func (g Graph) untangle(knot []string) []string {
	if len(knot) <= exact {
		return g.best(knot)
	}
	return g.better(knot)
}

// best is the best order of a few files: the cheapest way to begin with each subset
// of them is known from the subsets with one file less.
func (g Graph) best(files []string) []string {
	to := g.matrix(files)
	n := len(files)
	cost, last := make([]int, 1<<n), make([]int, 1<<n)
	for set := 1; set < 1<<n; set++ {
		cost[set] = len(g.Arrows) + 1
		for i := range n {
			if set&(1<<i) == 0 {
				continue
			}
			before := set &^ (1 << i)
			if c := cost[before] + up(to, i, before); c < cost[set] {
				cost[set], last[set] = c, i
			}
		}
	}
	order := make([]string, n)
	for set, at := 1<<n-1, n-1; at >= 0; at-- {
		order[at] = files[last[set]]
		set &^= 1 << last[set]
	}
	return order
}

// up counts the arrows from a file back to those before it.
func up(to [][]bool, file, before int) int {
	n := 0
	for j := range to {
		if before&(1<<j) != 0 && to[file][j] {
			n++
		}
	}
	return n
}

func (g Graph) matrix(files []string) [][]bool {
	at := map[string]int{}
	for i, f := range files {
		at[f] = i
	}
	to := make([][]bool, len(files))
	for i := range to {
		to[i] = make([]bool, len(files))
	}
	for _, a := range g.Arrows {
		from, known := at[a.From]
		if j, also := at[a.To]; known && also {
			to[from][j] = true
		}
	}
	return to
}

// better moves one file at a time to where it costs least, until none helps.
func (g Graph) better(files []string) []string {
	order := slices.Clone(files)
	cost := len(g.back(order))
	for improved := true; improved; {
		improved = false
		for _, f := range files {
			for at := range order {
				moved := slices.DeleteFunc(slices.Clone(order), func(other string) bool { return other == f })
				moved = slices.Insert(moved, at, f)
				if c := len(g.back(moved)); c < cost {
					order, cost, improved = moved, c, true
				}
			}
		}
	}
	return order
}

// Share is the part of the arrows that run back up in the best order, from 0 to 1.
func (g Graph) Share() float64 {
	_, back := g.Order()
	return float64(len(back)) / float64(max(1, len(g.Arrows)))
}
