package knot

type number struct{ n int }

func middle(n int) int { return number{n}.double() + bottom() }
