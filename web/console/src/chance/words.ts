import { addWords } from '../i18n'
import de from './de.json'
import en from './en.json'

/** The words of what deals, leads and accounts share; a page that shows a chance brings them along. */
addWords({ en, de })
