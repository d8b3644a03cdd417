package simulator

// wordShare is the part of the status answers that StrictWords befalls.
const wordShare = 0.5

// strangeWords are status words that octoq does not know. A sibling service shows validated (doc); the others are made up.
func strangeWords() []string { return []string{"validated", "pending_validation", "in_progress"} }

// strangeWord replaces the word of a share of the status answers, by a random sequence of its own, so that it changes no
// other choice of the seed.
func (s *Server) strangeWord(word string) string {
	if s.words.Float64() >= wordShare {
		return word
	}
	words := strangeWords()
	return words[s.words.IntN(len(words))]
}
