// The console's own words. English is there from the start; German comes when it is chosen.
import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'

import en from './en.json'

export const LANGUAGES = ['en', 'de'] as const
export type Language = (typeof LANGUAGES)[number]

const KEPT = 'crm-console.language'

const isLanguage = (text: string | null | undefined): text is Language =>
  LANGUAGES.some(language => language === text)

function preferred(): Language {
  const chosen = localStorage.getItem(KEPT)
  if (isLanguage(chosen)) return chosen
  return navigator.languages.map(tag => tag.slice(0, 2).toLowerCase()).find(isLanguage) ?? 'en'
}

async function load(language: Language): Promise<void> {
  if (language === 'de') {
    const words = await import('./de.json')
    // A page may have brought words of its own before.
    i18next.addResourceBundle('de', 'translation', words.default, true, false)
  }
}

export async function setUpWords(): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: 'en',
    fallbackLng: 'en',
    resources: { en: { translation: en } },
    interpolation: { escapeValue: false },
  })
  await speak(preferred(), false)
}

/** Words that a page brings with itself when it is first opened, so that the first load does not carry them. */
export function addWords(words: Record<Language, object>): void {
  for (const language of LANGUAGES) {
    i18next.addResourceBundle(language, 'translation', words[language], true, false)
  }
}

export async function speak(language: Language, isChosen = true): Promise<void> {
  await load(language)
  await i18next.changeLanguage(language)
  document.documentElement.lang = language
  if (isChosen) localStorage.setItem(KEPT, language)
}

/** How numbers and days are written: as the browser's region has them, when it speaks the language. */
export const localeOf = (language: string): string =>
  navigator.languages.find(tag => tag.toLowerCase().startsWith(`${language}-`)) ?? language
