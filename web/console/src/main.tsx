import '@fontsource-variable/inter/wght.css'
import './styles/tokens.css'
import './styles/base.css'
import './styles/shell.css'
import './styles/ask.css'
import './styles/card.css'
import './styles/overlay.css'

import { createRoot } from 'react-dom/client'

import { App } from './app'
import { setUpWords } from './i18n'

const root = document.getElementById('root')
if (!root) throw new Error('the page has no place for the console')
await setUpWords()
createRoot(root).render(<App />)
