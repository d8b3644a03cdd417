package knot

var fromATest = Top()
