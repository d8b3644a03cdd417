package knot

func bottom() int { top := 2; return top }

func (x number) double() int { return 2 * x.n }
